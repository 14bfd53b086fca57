// What a node does about one event of the cluster, from what it sees of it.
//
// Pure. Who delivers an event is who holds its claim. An event is offered (ID.json), claimed,
// delivered, and settled (ID.done); each step may be the last that a node ever does, and each is
// safe to be done again by it or another.
#pragma once

#include <cstdint>
#include <optional>

#include "notifier/cluster/shared_directory.h"
#include "notifier/outbox/outbox.h"

namespace pmx::notifier {

// Without quorum, an event that others may know waits this long for a majority to deliver it: a
// claim's 120 s and some more. Then silence is the greater danger.
constexpr std::int64_t patience_without_quorum_s = 300;

// An event is first for the node that accepted it.
constexpr std::int64_t head_start_s = 5;

struct Sight {
    Quorum quorum = Quorum::alone;
    std::int64_t without_quorum_s = 0;
    std::optional<ClusterState> own;  // in this node's outbox; nothing where it is not there
    bool offered = false;             // ID.json is there, or may be
    std::int64_t offered_s = 0;       // so long ago, by clocks of two nodes
    bool settled = false;             // ID.done says so
    bool done_here = false;           // nothing of it is owed any more in this node's outbox
    bool can_offer = true;            // there is room for ID.json
};

enum class Step : std::uint8_t {
    nothing,
    deliver_alone,  // as a local event
    offer,          // write ID.json
    claim,          // try to, and deliver it where that succeeds
    go_on,          // without a claim: others had their time
    renew,          // keep the claim, and tell what was done since
    settle,         // write ID.done for good, remove ID.json, let the claim go
    take_result,    // another node settled it
    tidy,           // remove ID.json
};

Step next_step(const Sight& sight);

}  // namespace pmx::notifier
