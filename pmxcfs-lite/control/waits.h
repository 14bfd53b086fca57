// Waiting for completions, with an end when the daemon stops.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "base/result.h"
#include "ports/store.h"

namespace pmx::control {

// Thread-safe. Held by shared_ptr: a completion may come after the wait was given up.
class Waits : public std::enable_shared_from_this<Waits> {
  public:
    // Calls `start` with a completion and waits until that was called. Without a timeout the store
    // has its own. Gives timed_out, or shutting_down after stop(): the change may still happen.
    ports::SubmitResult wait_for(const std::function<void(ports::Store::Completion)>& start,
                                 std::optional<std::chrono::milliseconds> timeout = {});

    // The same for what completes with another value; the error is one of those two.
    template <typename Value>
    Result<Value> wait_for_value(const std::function<void(std::function<void(Value)>)>& start,
                                 std::optional<std::chrono::milliseconds> timeout = {});

    void stop();

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
};

template <typename Value>
Result<Value> Waits::wait_for_value(const std::function<void(std::function<void(Value)>)>& start,
                                    std::optional<std::chrono::milliseconds> timeout) {
    using Clock = std::chrono::steady_clock;
    const auto deadline = timeout ? Clock::now() + *timeout : Clock::time_point::max();
    auto arrived = std::make_shared<std::optional<Value>>();
    start([self = shared_from_this(), arrived](Value value) {
        {
            const std::lock_guard lock(self->mutex_);
            arrived->emplace(std::move(value));
        }
        self->changed_.notify_all();
    });
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline, [&] { return stopping_ || arrived->has_value(); });
    if (*arrived) return std::move(**arrived);
    return fail(stopping_ ? Code::shutting_down : Code::timed_out);
}

}  // namespace pmx::control
