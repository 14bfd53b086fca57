// What is known of each node of the cluster, put together from what the group's service, the
// replicas and the administrator's list say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "ports/store.h"

namespace pmx::control {

struct Standing {
    NodeId id;
    std::string name;     // empty: nobody said
    std::string address;  // likewise
    bool self = false;
    bool listed = false;      // the administrator wants it in the cluster
    bool online = false;      // its daemon is in the group
    bool reachable = false;   // corosync sees the node, daemon or not
    bool voter = false;       // one of the voters is this node's
    bool other_disk = false;  // a voter's node, present with a disk that is not the voter's
    bool leads = false;
    bool in_step = false;
    std::optional<LogIndex> durable;  // none: it has not said in this view
    std::string refusal;              // why it cannot be one of us, and what to do; empty: it can
    std::optional<WallTime> left;     // away, and seen before

    // The name, or "node 7" where nobody said one.
    [[nodiscard]] std::string title() const;
    // Its vote can be had now.
    [[nodiscard]] bool counts() const { return voter && online && !other_disk && refusal.empty(); }
};

// By node id, this node among them.
std::vector<Standing> standings(const ports::StoreStatus& status);

struct Quorum {
    std::size_t voters = 0;
    std::size_t here = 0;
    std::size_t needed = 0;  // more than half of the voters
    std::vector<const Standing*> missing;
};
// Points into `standings`.
Quorum count_votes(const std::vector<Standing>& standings);

}  // namespace pmx::control
