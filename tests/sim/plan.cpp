#include "tests/sim/plan.h"

#include <array>

#include "tests/sim/random.h"

namespace pmx::sim {
namespace {

constexpr std::array<const char*, fault_kinds> names{
    "kill",     "power",      "cut",   "hang", "disk-full", "disk-hangs", "disk-lost", "disk-old",
    "bit-flip", "checkpoint", "clock", "list", "force",     "upgrade",    "give-up"};

// How often a run has the fault: in so many of ten.
constexpr std::array<std::size_t, fault_kinds> frequency{8, 4, 8, 5, 3, 3, 3, 2,
                                                         2, 5, 4, 3, 1, 2, 4};

// Few other faults, so that there is always somebody who could decide something.
void keep_what_flaps(Plan& plan, Random& random) {
    plan.faults = {Fault::cut};
    plan.spares = 0;
    plan.steps = 40 + random.below(80);
    if (random.one_in(2)) {
        plan.faults.insert(plan.faults.end(), {Fault::list, Fault::list});
        plan.spares = 1 + random.below(2);
    }
    for (const Fault fault : {Fault::kill, Fault::hang, Fault::checkpoint, Fault::disk_hangs}) {
        if (random.one_in(4)) plan.faults.push_back(fault);
    }
}

}  // namespace

Plan make_plan(std::uint64_t seed, std::optional<std::size_t> nodes) {
    Random random(seed * 0x9e3779b97f4a7c15ULL + 1);
    static constexpr std::array<std::size_t, 10> sizes{1, 2, 3, 3, 3, 3, 4, 4, 5, 5};
    Plan plan;
    plan.seed = seed;
    const std::size_t drawn = sizes[random.below(sizes.size())];
    plan.nodes = nodes.value_or(drawn);
    for (std::size_t i = 0; i < fault_kinds; ++i) {
        const auto fault = static_cast<Fault>(i);
        if (random.below(10) >= frequency[i]) continue;
        plan.faults.push_back(fault);
        if (fault == Fault::list) plan.spares = 1 + random.below(2);
    }
    if (plan.faults.empty()) plan.faults.push_back(Fault::kill);
    plan.quorum_by_fewer = plan.nodes % 2 == 0 && random.one_in(2);
    plan.forms_slowly = random.one_in(6);
    plan.steps_per_fault = 4 + random.below(12);
    plan.steps = 150 + random.below(200);
    plan.flaps = random.one_in(4);
    if (plan.flaps) keep_what_flaps(plan, random);
    return plan;
}

std::string describe(const Plan& plan) {
    std::string text = std::to_string(plan.nodes) + " nodes";
    if (plan.spares > 0) text += " and " + std::to_string(plan.spares) + " spare";
    if (plan.quorum_by_fewer) text += ", quorum by fewer";
    if (plan.flaps) text += ", a network that flaps";
    if (plan.forms_slowly) text += ", faults from the start";
    text += ", " + std::to_string(plan.steps) + " steps, one fault in " +
            std::to_string(plan.steps_per_fault) + ":";
    for (const Fault fault : plan.faults)
        text += std::string(" ") + names[static_cast<std::size_t>(fault)];
    return text;
}

}  // namespace pmx::sim
