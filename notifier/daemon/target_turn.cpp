#include "notifier/daemon/target_turn.h"

#include <algorithm>

namespace pmx::notifier {

TargetTurn::Choice TargetTurn::choose(std::int64_t now_s) const {
    if (!tried_.empty()) return {false, false, *tried_.begin()};
    if (!down_) return {};
    // Far off: the clock was set back.
    const bool is_time = now_s >= next_round_s_ || now_s < last_round_s_;
    return {!is_time, false, 0};
}

std::optional<std::int64_t> TargetTurn::waits_until_s() const {
    return down_ && tried_.empty() ? std::optional(next_round_s_) : std::nullopt;
}

void TargetTurn::answered() {
    down_ = false;
    tried_.clear();
}

bool TargetTurn::failed(std::int64_t delivery, bool there_are_others) {
    tried_.insert(delivery);
    return tried_.size() == 1 && there_are_others;
}

bool TargetTurn::counts(std::int64_t now_s) const {
    return !down_ || now_s >= next_counted_s_ || now_s < last_round_s_;
}

TargetTurn::Over TargetTurn::end_round(std::int64_t now_s, std::int64_t next_s) {
    if (counts(now_s)) next_counted_s_ = next_s;
    next_round_s_ = next_counted_s_;
    last_round_s_ = now_s;
    down_ = true;
    return {next_round_s_, std::exchange(tried_, {})};
}

void TargetTurn::arrived(std::int64_t now_s) {
    if (!down_) return;
    next_round_s_ = std::min(next_round_s_, std::max(now_s, last_round_s_ + shortest_round_s));
}

}  // namespace pmx::notifier
