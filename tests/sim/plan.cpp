#include "tests/sim/plan.h"

#include <algorithm>
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

constexpr std::array<std::string_view, plan_kinds> kind_names{"majority", "two-node", "device",
                                                              "force"};

// Few other faults, so that there is always somebody who could decide something.
void keep_what_flaps(Plan& plan, Random& random) {
    const bool forces = plan.has(Fault::force);
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
    if (forces) plan.faults.push_back(Fault::force);
}

bool fits(PlanKind kind, std::size_t nodes) {
    if (kind == PlanKind::two_node) return nodes == 2;
    return kind != PlanKind::device || nodes % 2 == 0;
}

PlanKind draw_kind(const PlanChoice& choice, Random& random) {
    for (;;) {
        const auto kind = static_cast<PlanKind>(random.below(plan_kinds));
        if (!choice.nodes || fits(kind, *choice.nodes)) return choice.kind.value_or(kind);
    }
}

std::size_t draw_nodes(PlanKind kind, Random& random) {
    static constexpr std::array<std::size_t, 10> sizes{1, 2, 3, 3, 3, 3, 4, 4, 5, 5};
    static constexpr std::array<std::size_t, 10> even{2, 2, 4, 4, 4, 4, 4, 4, 6, 6};
    if (kind == PlanKind::two_node) return 2;
    return (kind == PlanKind::device ? even : sizes)[random.below(sizes.size())];
}

void draw_faults(Plan& plan, Random& random) {
    for (std::size_t i = 0; i < fault_kinds; ++i) {
        const auto fault = static_cast<Fault>(i);
        if (random.below(10) >= frequency[i]) continue;
        plan.faults.push_back(fault);
        if (fault == Fault::list) plan.spares = 1 + random.below(2);
    }
    if (plan.kind == PlanKind::majority) std::erase(plan.faults, Fault::force);
    if (plan.kind == PlanKind::force) {
        plan.faults.insert(plan.faults.end(), {Fault::cut, Fault::force, Fault::force});
    }
    if (plan.quorum() != Quorum::majority && plan.spares == 0 && random.one_in(2)) {
        plan.spares = 1;
        plan.faults.insert(plan.faults.end(), {Fault::list, Fault::list});
    }
    if (plan.faults.empty()) plan.faults.push_back(Fault::kill);
}

}  // namespace

Quorum Plan::quorum() const {
    if (kind == PlanKind::two_node) return Quorum::two_node;
    return kind == PlanKind::device ? Quorum::device : Quorum::majority;
}

bool Plan::has(Fault fault) const {
    return std::find(faults.begin(), faults.end(), fault) != faults.end();
}

bool possible(const PlanChoice& choice) {
    return !choice.nodes || !choice.kind || fits(*choice.kind, *choice.nodes);
}

Plan make_plan(std::uint64_t seed, const PlanChoice& choice) {
    Random random(seed * 0x9e3779b97f4a7c15ULL + 1);
    Plan plan;
    plan.seed = seed;
    plan.kind = draw_kind(choice, random);
    const std::size_t drawn = draw_nodes(plan.kind, random);
    plan.nodes = choice.nodes.value_or(drawn);
    draw_faults(plan, random);
    plan.forms_slowly = random.one_in(6);
    plan.steps_per_fault = 4 + random.below(12);
    plan.steps = 150 + random.below(200);
    plan.flaps = random.one_in(plan.quorum() == Quorum::majority ? 4 : 2);
    if (plan.flaps) keep_what_flaps(plan, random);
    plan.quorum_comes_later = random.one_in(3);
    return plan;
}

std::string describe(const Plan& plan) {
    std::string text = std::to_string(plan.nodes) + " nodes";
    if (plan.spares > 0) text += " and " + std::to_string(plan.spares) + " spare";
    text += ", quorum by " + std::string(name_of(plan.kind));
    if (plan.flaps) text += ", a network that flaps";
    if (plan.quorum_comes_later) text += ", told after the members";
    if (plan.forms_slowly) text += ", faults from the start";
    text += ", " + std::to_string(plan.steps) + " steps, one fault in " +
            std::to_string(plan.steps_per_fault) + ":";
    for (const Fault fault : plan.faults)
        text += std::string(" ") + names[static_cast<std::size_t>(fault)];
    return text;
}

std::string_view name_of(PlanKind kind) {
    return kind_names[static_cast<std::size_t>(kind)];
}

std::optional<PlanKind> plan_kind_named(std::string_view name) {
    for (std::size_t i = 0; i < plan_kinds; ++i) {
        if (kind_names[i] == name) return static_cast<PlanKind>(i);
    }
    return std::nullopt;
}

}  // namespace pmx::sim
