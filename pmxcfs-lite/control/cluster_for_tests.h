// The status of a cluster of three: one (this node), two (leads) and three, for tests to spoil.
#pragma once

#include <algorithm>

#include "ports/store.h"

namespace pmx::control {

struct ClusterForTests {
    static constexpr NodeId one{1};
    static constexpr NodeId two{2};
    static constexpr NodeId three{3};

    static DiskId disk_of(NodeId node) {
        DiskId disk;
        disk.bytes.fill(static_cast<std::uint8_t>(node.value));
        return disk;
    }

    static ports::StoreStatus healthy() {
        ports::StoreStatus status;
        status.identity = {.cluster = {},
                           .disk = disk_of(one),
                           .node = one,
                           .node_name = "one",
                           .mode = ports::Mode::cluster};
        status.identity.cluster.bytes.fill(0xc1);
        status.membership.list = {.cluster_name = "demo",
                                  .config_version = 4,
                                  .nodes = {{.id = one, .name = "one", .address = "10.0.0.1"},
                                            {.id = two, .name = "two", .address = "10.0.0.2"},
                                            {.id = three, .name = "three", .address = "10.0.0.3"}}};
        status.membership.configuration = {
            .members = {one, two, three}, .nodes = {one, two, three}, .quorate = true};
        status.membership.version = 5;
        status.taken = MonotonicTime(std::chrono::seconds(1000));
        replica::Status& replica = status.replica;
        replica.open_view = View{.era = {}, .number = 7, .leader = two};
        replica.quorate = true;
        replica.in_step = true;
        replica.last = replica.durable = replica.committed = LogIndex(1204);
        for (const NodeId node : {one, two, three})
            replica.voters.push_back({node, disk_of(node)});
        replica.members = replica.listed = {one, two, three};
        for (const NodeId node : {two, three}) {
            replica.peers.push_back({.node = node,
                                     .name = node == two ? "two" : "three",
                                     .present = true,
                                     .voter = true,
                                     .in_step = true,
                                     .durable = LogIndex(node == two ? 1204 : 1200),
                                     .highest_level = 1,
                                     .refusal = {}});
        }
        return status;
    }

    // The node's daemon is gone, and with `node_too` corosync does not see the node either.
    static void lose(ports::StoreStatus& status, NodeId node, std::optional<WallTime> when,
                     bool node_too = true) {
        ports::Configuration& configuration = status.membership.configuration;
        std::erase(configuration.members, node);
        std::erase(status.replica.members, node);
        if (node_too) std::erase(configuration.nodes, node);
        for (replica::Peer& peer : status.replica.peers) {
            if (peer.node == node) peer.present = peer.in_step = false;
        }
        if (when) status.membership.left[node] = *when;
    }

    // Writing is over, as it is without quorum or without a view.
    static void close_view(ports::StoreStatus& status, bool quorate) {
        status.writable = Code::read_only;
        status.replica.quorate = status.membership.configuration.quorate = quorate;
        status.replica.open_view.reset();
        status.replica.view_lost = status.taken - std::chrono::seconds(90);
        for (replica::Peer& peer : status.replica.peers) {
            peer.in_step = false;
            peer.durable = {};
        }
    }
};

}  // namespace pmx::control
