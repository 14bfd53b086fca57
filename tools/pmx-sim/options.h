// The command line of pmx-sim.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "replica/mistakes.h"
#include "tests/sim/checks/violations.h"
#include "tests/sim/plan.h"

namespace pmx::sim {

struct Options {
    std::uint64_t first = 1;
    std::uint64_t last = 2000;
    PlanChoice plan;
    replica::Mistake mistake = replica::Mistake::none;
    Checks judged = Checks::all();  // those that are to find the mistake
    std::optional<std::uint64_t> replay;
    unsigned processes = 1;
    bool help = false;
    bool list_mistakes = false;
};

inline constexpr std::size_t max_nodes = 9;

Result<Options> parse_options(int argc, const char* const* argv);
std::string usage();

}  // namespace pmx::sim
