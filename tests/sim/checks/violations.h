// What was broken first, and which check saw it.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pmx::sim {

enum class Check : std::uint8_t {
    log,           // two logs are committed, or one that cannot be
    answers,       // what callers were told
    quorum,        // committed without a majority of disks
    rejected,      // dropped in silence, or listed wrongly
    trees,         // of one log
    linearizable,  // the history of calls
    claims,        // a node claims, applies or frees what it may not
    daemon,        // it ended itself: what it was about to do cannot be
    crash,
    progress,  // no rest though all is mended
};

constexpr std::string_view name_of(Check check) {
    constexpr std::array<std::string_view, 10> names{"log",   "answers",      "quorum", "rejected",
                                                     "trees", "linearizable", "claims", "daemon",
                                                     "crash", "progress"};
    return names[static_cast<std::size_t>(check)];
}

class Checks {
  public:
    constexpr Checks(std::initializer_list<Check> checks) {
        for (const Check check : checks)
            bits_ |= bit(check);
    }
    static constexpr Checks all() {
        Checks checks{};
        checks.bits_ = ~0U;
        return checks;
    }
    [[nodiscard]] constexpr bool have(Check check) const { return (bits_ & bit(check)) != 0; }

  private:
    static constexpr std::uint32_t bit(Check check) { return 1U << static_cast<unsigned>(check); }
    std::uint32_t bits_ = 0;
};

struct Violation {
    Check check = Check::log;
    std::string what;
};

class Violations {
  public:
    // What other checks see is not looked at.
    explicit Violations(Checks judged = Checks::all()) : judged_(judged) {}

    void add(Check check, std::string what) {
        if (!first_ && judged_.have(check)) first_ = Violation{check, std::move(what)};
    }
    [[nodiscard]] const std::optional<Violation>& first() const { return first_; }

  private:
    Checks judged_;
    std::optional<Violation> first_;
};

}  // namespace pmx::sim
