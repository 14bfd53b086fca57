// Many runs, on all cores: one process each, so that a broken invariant ends a run and not the
// search.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "replica/mistakes.h"
#include "tests/sim/checks/violations.h"
#include "tests/sim/plan.h"

namespace pmx::sim {

struct Search {
    std::uint64_t first = 1;
    std::uint64_t last = 1;
    PlanChoice plan;
    replica::Mistake mistake = replica::Mistake::none;
    Checks judged = Checks::all();
    unsigned processes = 1;
};

struct Finding {
    std::uint64_t seed = 0;
    Violation violation;
    bool without_mistake = false;  // it fails all the same when none is planted
};

struct Searched {
    std::uint64_t runs = 0;
    std::uint64_t events = 0;
    std::uint64_t acknowledged = 0;
    std::optional<Finding> finding;  // of the lowest seed that fails
};

// `progress` is called many times a second with the runs so far.
Searched search(const Search& what, const std::function<void(const Searched&)>& progress = {});

}  // namespace pmx::sim
