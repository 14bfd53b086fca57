#include "control/waits.h"

namespace pmx::control {

ports::SubmitResult Waits::wait_for(const std::function<void(ports::Store::Completion)>& start,
                                    std::optional<std::chrono::milliseconds> timeout) {
    using Clock = std::chrono::steady_clock;
    const auto deadline = timeout ? Clock::now() + *timeout : Clock::time_point::max();
    auto arrived = std::make_shared<std::optional<ports::SubmitResult>>();
    start([self = shared_from_this(), arrived](const ports::SubmitResult& result) {
        {
            const std::lock_guard lock(self->mutex_);
            *arrived = result;
        }
        self->changed_.notify_all();
    });
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline, [&] { return stopping_ || arrived->has_value(); });
    if (*arrived) return **arrived;
    const Code reason = stopping_ ? Code::shutting_down : Code::timed_out;
    return {.result = reason, .index = {}, .inode = {}};
}

void Waits::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
}

}  // namespace pmx::control
