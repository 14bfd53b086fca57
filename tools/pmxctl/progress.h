// Tells a person at a terminal what is being waited for, once it takes longer than a second.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace pmx::pmxctl {

// Shows `doing` and the seconds on standard error while it lives; nothing where that is no
// terminal.
class Progress {
  public:
    explicit Progress(std::string doing);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

  private:
    void show();

    const std::string doing_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool done_ = false;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace pmx::pmxctl
