// Whose turn it is at one target.
//
// Pure. Deliveries go out in the order of their acceptance. One that fails holds up those behind it
// only while the target seems to be down: a second one is tried before all of them wait. So a
// target that comes back gets everything in order, and a message that it does not take stands in
// nobody's way.
//
// A round is one look at a target that failed: the first in line, and where that fails too, the one
// behind it. Rounds follow the back-off; a new arrival brings one forward, which then does not
// count towards giving up.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>

namespace pmx::notifier {

// Rounds that arrivals bring forward are at least this far apart.
constexpr std::int64_t shortest_round_s = 10;

class TargetTurn {
  public:
    struct Choice {
        bool wait = false;         // nothing is to be tried now
        bool whatever_due = true;  // false: the first in line, even if its time has not come
        std::int64_t except = 0;   // without this delivery
    };
    [[nodiscard]] Choice choose(std::int64_t now_s) const;
    // When there is something to choose again, where it has to wait.
    [[nodiscard]] std::optional<std::int64_t> waits_until_s() const;

    // Outcomes of an attempt. An answer is one that says no for good, too.
    void answered();
    // A failure that may pass. True: the round is not over, another delivery is to be tried.
    [[nodiscard]] bool failed(std::int64_t delivery, bool there_are_others);
    // Whether failures of this round count.
    [[nodiscard]] bool counts(std::int64_t now_s) const;
    // The round is over; `next_s`, where it counted: the back-off. When the next round is due, and
    // who was tried.
    struct Over {
        std::int64_t next_s = 0;
        std::set<std::int64_t> tried;
    };
    Over end_round(std::int64_t now_s, std::int64_t next_s);

    void arrived(std::int64_t now_s);

  private:
    bool down_ = false;
    std::set<std::int64_t> tried_;     // in the round that goes on
    std::int64_t next_round_s_ = 0;    // while down
    std::int64_t next_counted_s_ = 0;  // the same without what arrivals brought forward
    std::int64_t last_round_s_ = 0;
};

}  // namespace pmx::notifier
