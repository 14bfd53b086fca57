// One run from one seed: a cluster forms, is harmed, and must keep its promises; then all is
// mended, and it must come to rest in agreement.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/sim/checks/violations.h"
#include "tests/sim/plan.h"
#include "tests/sim/trace.h"

namespace pmx::sim {

struct RunReport {
    std::optional<Violation> violation;
    std::uint64_t trace_hash = 0;
    std::uint64_t events = 0;
    std::size_t acknowledged = 0;
    std::uint64_t entries = 0;
    std::string state;  // at the end: the nodes, and the history of calls; when the run is printed
};

// What other checks than those `judged` see is not looked at.
RunReport run(const Plan& plan, Checks judged = Checks::all(), const Trace::Print& print = {});

}  // namespace pmx::sim
