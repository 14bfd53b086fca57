// The connection to the kernel and the threads that serve it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "fuse/filesystem.h"
#include "fuse/fuse_api.h"

namespace pmx::fuse {

class Session {
  public:
    // Mounts; nothing is served before run(). `filesystem` outlives the session.
    static Result<std::unique_ptr<Session>> mount(const std::string& mountpoint, bool allow_other,
                                                  Filesystem& filesystem);
    ~Session();  // stop()
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // `unmounted` is called when the threads end though nobody asked.
    void run(unsigned threads, std::function<void()> unmounted);
    // Ends the threads, whatever they wait for; afterwards no request is read any more.
    void stop_serving();
    // Unmounts. Requests still held must have been answered.
    void unmount();

    [[nodiscard]] fuse_session* raw() const { return session_; }

  private:
    explicit Session(fuse_session* session) : session_(session) {}
    void serve();

    fuse_session* session_;
    bool mounted_ = true;
    std::function<void()> unmounted_;
    std::mutex mutex_;
    std::size_t serving_ = 0;  // threads
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace pmx::fuse
