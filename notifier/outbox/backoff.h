// When a delivery that failed is tried again.
#pragma once

#include <cstdint>
#include <optional>

namespace pmx::notifier {

constexpr std::int64_t first_delay_s = 30;
constexpr std::int64_t longest_delay_s = 3600;
constexpr std::int64_t give_up_after_s = 24LL * 3600;

// Seconds until the next attempt after `failures` (>= 1) in a row: 30, doubling to 3600, give or
// take a fifth by `random`. Nothing once the delays, without their jitter, add up to 24 h: counted,
// not measured, so that neither a clock that jumps nor a machine that was off ends it early.
std::optional<std::int64_t> retry_delay_s(std::int64_t failures, std::uint32_t random);

}  // namespace pmx::notifier
