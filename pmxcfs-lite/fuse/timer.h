// Functions called at their time, on a thread of its own; they must be short.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace pmx::fuse {

class Timer {
  public:
    using Time = std::chrono::steady_clock::time_point;

    Timer();
    ~Timer();  // stop()
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void after(std::chrono::milliseconds delay, std::function<void()> call);
    // What has not been called by now never is. Not from one of its own calls.
    void stop();

  private:
    void run();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::multimap<Time, std::function<void()>> calls_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace pmx::fuse
