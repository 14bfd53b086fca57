#include "engine/waiting_callers.h"

namespace pmx::engine {

void WaitingCallers::add(std::uint64_t sequence, MonotonicTime deadline,
                         ports::Store::Completion done) {
    callers_.emplace(sequence, Caller{deadline, std::move(done)});
    deadlines_.emplace(deadline, sequence);
}

void WaitingCallers::answer(std::uint64_t sequence, const ports::SubmitResult& result) {
    auto node = callers_.extract(sequence);
    if (node.empty()) return;
    deadlines_.erase({node.mapped().deadline, sequence});
    node.mapped().done(result);
}

void WaitingCallers::expire(MonotonicTime now) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        answer(deadlines_.begin()->second, {.result = Code::timed_out, .index = {}, .inode = {}});
    }
}

void WaitingCallers::answer_all(Code result) {
    while (!callers_.empty()) {
        answer(callers_.begin()->first, {.result = result, .index = {}, .inode = {}});
    }
}

std::optional<MonotonicTime> WaitingCallers::next_deadline() const {
    if (deadlines_.empty()) return std::nullopt;
    return deadlines_.begin()->first;
}

}  // namespace pmx::engine
