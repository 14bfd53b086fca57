#include <utility>

#include "tests/sim/cluster.h"

namespace pmx::sim {

void Cluster::power_on(Node& node) {
    trace_.note(node.id, "has power");
    network_.power_on(node.id);
    start(node);
}

void Cluster::power_off(Node& node) {
    trace_.note(node.id, "loses power");
    if (node.daemon) end_daemon(node);
    network_.power_off(node.id);
}

void Cluster::kill(Node& node) {
    trace_.note(node.id, "is killed");
    end_daemon(node);
}

// Some of what was being written may have reached the disk, unreported.
void Cluster::end_daemon(Node& node) {
    while (node.disk.has_waiting() && random_.one_in(2)) {
        (void)flush_one(node);
    }
    node.disk.crash();
    for (const auto& [sequence, call] : node.daemon->calls)
        workload_.unknown(node.id, call);
    node.daemon.reset();
    node.hung = false;
    node.disk_hangs = false;
    if (network_.joined(node.id)) network_.leave(node.id);
}

void Cluster::start(Node& node) {
    const Platter& platter = node.disk.platter();
    node.daemon = std::make_unique<Daemon>();
    Daemon& daemon = *node.daemon;
    daemon.boot = Boot(++boots_);
    daemon.last_tick = clock_of(node);
    daemon.state = *platter.stored;
    daemon.chain = platter.base.chain;
    daemon.voters = platter.base.voters;
    daemon.level = platter.base.level;
    daemon.state_since = clock_of(node);
    replica::Settings settings;
    settings.node = node.id;
    settings.disk = platter.id;
    settings.boot = daemon.boot;
    settings.cluster = platter.cluster;
    settings.node_name = "node" + std::to_string(node.id.value);
    settings.started = wall_of(node);
    settings.highest_level = daemon.highest_level = node.highest_level;
    replica::Recovered recovered;
    recovered.promise = platter.promise;
    recovered.base = platter.base;
    recovered.entries = platter.after_base();
    recovered.aside = platter.aside;
    trace_.note(node.id, "starts", platter.last().value, [&] {
        return "with a log up to " + std::to_string(platter.last().value) + ", base " +
               std::to_string(platter.base.index.value);
    });
    daemon.replica =
        std::make_unique<replica::Replica>(settings, std::move(recovered), daemon.state);
    step(node, replica::NodesListed{list_.nodes, list_.quorum_by_fewer()});
    network_.join(node.id);
}

void Cluster::partition(const std::map<NodeId, int>& sides) {
    std::uint64_t number = 0;
    for (const auto& [node, side] : sides)
        number = number * 8 + static_cast<std::uint64_t>(side);
    trace_.note(NodeId(), "network", number, [&] {
        std::string text = "sides:";
        for (const auto& [node, side] : sides)
            text += " " + std::to_string(node.value) + "/" + std::to_string(side);
        return text;
    });
    network_.partition(sides);
}

void Cluster::change_list(NodeList list) {
    list_ = std::move(list);
    trace_.note(NodeId(), "list", list_.nodes.size(), [&] {
        std::string text;
        for (const NodeId node : list_.nodes)
            text += std::to_string(node.value) + " ";
        return text;
    });
    network_.list(list_);
    for (Node& node : nodes_) {
        if (node.daemon) step(node, replica::NodesListed{list_.nodes, list_.quorum_by_fewer()});
    }
}

void Cluster::lose_disk(Node& node) {
    trace_.note(node.id, "loses its disk");
    quorum_check_.gone(node.disk.platter());
    rejected_check_.gone(node.disk.platter());
    Platter empty;
    empty.id = new_disk_id();
    node.disk.replace(std::move(empty));
}

void Cluster::put_back(Node& node, Platter old) {
    trace_.note(node.id, "has an old copy of its disk", old.last().value,
                [&] { return "its log ends at " + std::to_string(old.last().value); });
    quorum_check_.gone(node.disk.platter());
    rejected_check_.gone(node.disk.platter());
    node.disk.replace(std::move(old));
}

void Cluster::rename_disk(Node& node) {
    node.disk.rename(new_disk_id());
}

// In the tree that a daemon serves from memory; checkpoints and snapshots take it along.
void Cluster::flip_bit(Node& node) {
    std::vector<tree::Node> nodes;
    bool flipped = false;
    for (const auto& [inode, each] : node.daemon->state.tree.nodes()) {
        nodes.push_back(each);
        if (flipped || each.content == nullptr || each.content->empty()) continue;
        std::string content = *each.content;
        content.back() = static_cast<char>(content.back() ^ 1);
        nodes.back().content = std::make_shared<const std::string>(std::move(content));
        flipped = true;
    }
    if (!flipped) return;
    const tree::ClusterLog cluster_log = node.daemon->state.tree.cluster_log();
    auto damaged = tree::Tree::from_nodes(std::move(nodes), cluster_log);
    if (!damaged) return;
    trace_.note(node.id, "has a bit flipped");
    node.daemon->state.tree = std::move(*damaged);
    bit_flipped_ = true;
}

void Cluster::force_quorum(Node& node) {
    trace_.note(node.id, "forces quorum");
    log_check_.forced();
    network_.force_quorum(node.id);
    step(node, replica::ForceQuorum{wall_of(node), {}});
}

}  // namespace pmx::sim
