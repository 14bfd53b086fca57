// Answers what the daemons of other nodes ask for their administrators, on a thread of its own,
// because an answer may wait for the disk.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "control/dispatcher.h"
#include "ports/members.h"

namespace pmx::control {

class MemberDesk {
  public:
    // Who asks when as many wait gets no answer, and times out.
    static constexpr std::size_t max_waiting = 16;

    // Both outlive the desk.
    MemberDesk(ports::Members& members, Dispatcher& dispatcher);
    // After Dispatcher::stop(), or it waits for what is being answered.
    ~MemberDesk();
    MemberDesk(const MemberDesk&) = delete;
    MemberDesk& operator=(const MemberDesk&) = delete;

  private:
    struct Waiting {
        std::string request;
        ports::Members::Reply reply;
    };
    void take(Waiting waiting);
    void run();

    ports::Members& members_;
    Dispatcher& dispatcher_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Waiting> queue_;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace pmx::control
