// What one run is made of. All of it follows from the seed and what the caller fixes, so that both
// together replay the run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/network.h"

namespace pmx::sim {

// Each run has some of the faults only: what hides behind one fault shows where it is absent.
enum class Fault : std::uint8_t {
    kill,        // the daemon alone
    power,       // the node with its corosync
    cut,         // the network, in two or three
    hang,        // SIGSTOP
    disk_full,   //
    disk_hangs,  //
    disk_lost,   // the node is set up anew under its old id
    disk_old,    // an old copy of the disk is put back
    bit_flip,    //
    checkpoint,  // no fault: the log is cut, and who is behind needs a snapshot
    clock,       // monotonic time leaps, wall clocks are off
    list,        // the administrator adds and removes nodes
    force,       // quorum is forced, where it is away
    upgrade,     // programs of a higher level, one node at a time
    give_up,     // callers lose their patience and ask again
};
inline constexpr std::size_t fault_kinds = 15;

// How quorum is come by. Each is run as often as the others.
enum class PlanKind : std::uint8_t {
    majority,  // only so
    two_node,  // of two nodes each by itself
    device,    // an even number of nodes and a quorum device
    force,     // the administrator forces it
};
inline constexpr std::size_t plan_kinds = 4;

struct Plan {
    std::uint64_t seed = 1;
    PlanKind kind = PlanKind::majority;
    std::size_t nodes = 3;      // in the list at first
    std::size_t spares = 0;     // that may be added to it
    std::size_t steps = 300;    // a step may be a burst of many
    bool forms_slowly = false;  // faults from the very start
    // The network parts and joins all the time, and between that only some nodes get anywhere, and
    // not far: what needs two leaders at once, or votes that come late, shows here.
    bool flaps = false;
    bool quorum_comes_later = false;  // than the members, to each node
    std::vector<Fault> faults;        // of which one is drawn each time
    std::size_t steps_per_fault = 8;  // on average
    [[nodiscard]] Quorum quorum() const;
    [[nodiscard]] bool has(Fault fault) const;
};

// What a caller wants of all plans; the seed decides the rest.
struct PlanChoice {
    std::optional<std::size_t> nodes;
    std::optional<PlanKind> kind;
};
// Whether there is a plan of this kind for so many nodes.
bool possible(const PlanChoice& choice);
Plan make_plan(std::uint64_t seed, const PlanChoice& choice = {});
std::string describe(const Plan& plan);
std::string_view name_of(PlanKind kind);
std::optional<PlanKind> plan_kind_named(std::string_view name);

}  // namespace pmx::sim
