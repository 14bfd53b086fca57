#include "fuse/timer.h"

#include <utility>

namespace pmx::fuse {

Timer::Timer() : thread_([this] { run(); }) {}

Timer::~Timer() {
    stop();
}

void Timer::after(std::chrono::milliseconds delay, std::function<void()> call) {
    const std::lock_guard lock(mutex_);
    calls_.emplace(std::chrono::steady_clock::now() + delay, std::move(call));
    changed_.notify_one();
}

void Timer::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
}

void Timer::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (calls_.empty()) {
            changed_.wait(lock);
            continue;
        }
        const auto first = calls_.begin();
        if (std::chrono::steady_clock::now() < first->first) {
            changed_.wait_until(lock, first->first);
            continue;
        }
        const auto call = std::move(first->second);
        calls_.erase(first);
        lock.unlock();
        call();
        lock.lock();
    }
}

}  // namespace pmx::fuse
