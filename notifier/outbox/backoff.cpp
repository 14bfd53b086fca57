#include "notifier/outbox/backoff.h"

#include <algorithm>

namespace pmx::notifier {

std::optional<std::int64_t> retry_delay_s(std::int64_t failures, std::uint32_t random) {
    std::int64_t delay = 0;
    std::int64_t waited = 0;
    for (std::int64_t i = 0; i < failures; ++i) {
        waited += delay;
        if (waited >= give_up_after_s) return std::nullopt;
        delay = i == 0 ? first_delay_s : std::min(delay * 2, longest_delay_s);
    }
    const std::int64_t jitter_span = delay * 2 / 5;
    return delay - delay / 5 + static_cast<std::int64_t>(random % (jitter_span + 1));
}

}  // namespace pmx::notifier
