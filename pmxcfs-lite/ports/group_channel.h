// Ordered multicast and membership: what corosync's CPG and votequorum give, or a loopback.
//
// Within one configuration every member is delivered the same messages in the same order, its own
// included; delivery means nothing about anybody's disk. Used from the loop thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace pmx::ports {

struct Configuration {
    std::vector<NodeId> members;  // whose daemons are in the group; sorted, this node among them
    std::vector<NodeId> nodes;    // in the membership below, daemon or not; sorted, likewise
    bool quorate = false;
    friend bool operator==(const Configuration&, const Configuration&) = default;
};

// An arbiter beside the nodes, whose votes corosync counts with theirs. Empty is what corosync.conf
// does not say.
struct QuorumDevice {
    std::string model;
    std::string algorithm;
    std::string host;
    friend bool operator==(const QuorumDevice&, const QuorumDevice&) = default;
};

// Whom the administrator wants in the cluster: corosync's node list.
struct NodeList {
    struct Node {
        NodeId id;
        std::string name;     // empty where the list gives none
        std::string address;  // of its first link, likewise
        friend bool operator==(const Node&, const Node&) = default;
    };
    std::string cluster_name;  // empty on a node alone
    std::uint64_t config_version = 0;
    std::vector<Node> nodes;  // sorted by id
    // Quorum may be granted to fewer than a majority: two_node, or a quorum device.
    bool quorum_by_fewer = false;
    std::optional<QuorumDevice> quorum_device = std::nullopt;
    friend bool operator==(const NodeList&, const NodeList&) = default;
};

class GroupEvents {
  public:
    virtual ~GroupEvents() = default;
    virtual void delivered(NodeId sender, std::string_view message) = 0;
    virtual void configuration_changed(const Configuration& configuration) = 0;
    virtual void nodes_listed(const NodeList& list) = 0;
};

class GroupChannel {
  public:
    virtual ~GroupChannel() = default;
    // Readable when dispatch() has something to deliver, or wants to be called again.
    [[nodiscard]] virtual int event_fd() const = 0;
    // Delivers what has arrived; never waits. The first call delivers the node list and the first
    // configuration. When the group's service ends, a configuration of this node alone, not
    // quorate, is delivered, and the channel connects again by itself.
    virtual Result<void> dispatch(GroupEvents& events) = 0;
    // Code::busy: not taken, try again after the next dispatch. A message sent while there is no
    // group is dropped, as it would be by one that nobody else is in.
    virtual Result<void> multicast(std::string_view message) = 0;
    // Grants quorum to the nodes that are present, until the next one comes back.
    virtual Result<void> force_quorum() = 0;
};

}  // namespace pmx::ports
