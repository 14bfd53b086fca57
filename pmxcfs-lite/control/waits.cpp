#include "control/waits.h"

namespace pmx::control {

ports::SubmitResult Waits::wait_for(const std::function<void(ports::Store::Completion)>& start,
                                    std::optional<std::chrono::milliseconds> timeout) {
    const auto result = wait_for_value<ports::SubmitResult>(start, timeout);
    if (result) return *result;
    return {.result = result.error().code(), .index = {}, .inode = {}};
}

void Waits::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
}

}  // namespace pmx::control
