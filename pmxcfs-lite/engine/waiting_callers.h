// Callers whose change is on its way, and until when they wait.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/clock.h"
#include "ports/store.h"

namespace pmx::engine {

class WaitingCallers {
  public:
    void add(std::uint64_t sequence, MonotonicTime deadline, ports::Store::Completion done);
    // Answers the caller of `sequence`, when it still waits.
    void answer(std::uint64_t sequence, const ports::SubmitResult& result);
    // Answers timed_out to all whose deadline has come.
    void expire(MonotonicTime now);
    void answer_all(Code result);
    [[nodiscard]] std::optional<MonotonicTime> next_deadline() const;
    [[nodiscard]] bool has(std::uint64_t sequence) const { return callers_.contains(sequence); }
    [[nodiscard]] std::size_t count() const { return callers_.size(); }

  private:
    struct Caller {
        MonotonicTime deadline;
        ports::Store::Completion done;
    };
    std::map<std::uint64_t, Caller> callers_;
    std::set<std::pair<MonotonicTime, std::uint64_t>> deadlines_;
};

}  // namespace pmx::engine
