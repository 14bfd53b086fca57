#include "tests/sim/rest.h"

#include <algorithm>
#include <limits>

#include "replica/mistakes.h"

namespace pmx::sim {
namespace {

// The administrator's list, with the disks the nodes have now; a leader that is not wanted stays
// until the next one.
bool as_listed(const Cluster& cluster, const replica::Status& status) {
    replica::VoterList voters = status.voters;
    std::erase_if(voters, [&](const replica::Voter& voter) {
        const auto& listed = cluster.list().nodes;
        return voter.node == status.open_view->leader &&
               !std::binary_search(listed.begin(), listed.end(), voter.node);
    });
    replica::VoterList wanted;
    for (const NodeId node : cluster.list().nodes)
        wanted.push_back({node, cluster.node(node).disk.platter().id});
    return voters == wanted;
}

std::optional<std::string> missing_in_log(const Cluster& cluster, const Node& node,
                                          const replica::Status& status) {
    if (!status.open_view) return "has no open view";
    const bool promise_on_disk = status.promise == node.disk.platter().promise ||
                                 replica::planted(replica::Mistake::promise_not_on_disk);
    if (!promise_on_disk) return "promised what its disk does not know";
    if (!status.in_step) return "is not in step";
    if (status.catching_up) return "is catching up";
    if (status.committed != status.last) return "has entries that are not committed";
    if (status.last < cluster.log().last()) return "lacks what was committed";
    if (!cluster.log().is_committed(status.last, node.daemon->chain)) return "has another log";
    if (!as_listed(cluster, status)) return "has other voters than are listed";
    return std::nullopt;
}

std::optional<std::string> missing_on(const Cluster& cluster, const Node& node) {
    if (!node.runs()) return "does not run";
    if (cluster.network().has_item(node.id)) return "has messages";
    if (cluster.network().quorum_is_due(node.id)) return "has not heard of its quorum";
    if (node.disk.has_waiting() || !node.daemon->reports.empty()) return "waits for its disk";
    if (!node.daemon->calls.empty()) return "has callers without an answer";
    return missing_in_log(cluster, node, node.daemon->replica->status());
}

// Every voter's program knows it, so it must be in force.
std::uint32_t level_of_all(const Cluster& cluster) {
    std::uint32_t level = std::numeric_limits<std::uint32_t>::max();
    for (const NodeId node : cluster.list().nodes)
        level = std::min(level, cluster.node(node).daemon->highest_level);
    return level;
}

// A leader whose tree is damaged, unknown to all, may have given it to others by a snapshot, until
// the damaged are as many as the rest. Then an alarm is what was promised, on every node, and the
// administrator says which tree it is to be.
bool nobody_knows_the_right_tree(const Cluster& cluster) {
    const auto& listed = cluster.list().nodes;
    return cluster.bit_flipped() && std::all_of(listed.begin(), listed.end(), [&](NodeId node) {
               return cluster.node(node).daemon->replica->status().scrub.without_majority;
           });
}

std::string describe(const Node& node) {
    std::string text = "node " + std::to_string(node.id.value) + ": disk " +
                       std::to_string(node.disk.platter().id.bytes[15]);
    if (!node.daemon) return text + ", down";
    const replica::Status status = node.daemon->replica->status();
    text += ", promise " + to_string(status.promise);
    text += status.open_view ? ", open" : ", no view";
    text += std::string(status.leading ? ", leads" : "") + (status.in_step ? ", in step" : "");
    text += ", log up to " + std::to_string(status.last.value) + ", durable " +
            std::to_string(status.durable.value) + ", committed " +
            std::to_string(status.committed.value) + ", level " + std::to_string(status.level) +
            ", voters";
    for (const replica::Voter& voter : status.voters) {
        text += " " + std::to_string(voter.node.value) + "/" + std::to_string(voter.disk.bytes[15]);
    }
    return text;
}

}  // namespace

std::string describe(const Cluster& cluster) {
    std::string text;
    for (const Node& node : cluster.nodes())
        text += describe(node) + "\n";
    return text;
}

std::optional<std::string> missing_for_rest(const Cluster& cluster) {
    const auto on = [](NodeId node, const std::string& missing) {
        return "node " + std::to_string(node.value) + " " + missing;
    };
    for (const NodeId node : cluster.list().nodes) {
        if (auto missing = missing_on(cluster, cluster.node(node))) return on(node, *missing);
    }
    const Node& first = cluster.node(cluster.list().nodes.front());
    const bool alarm = nobody_knows_the_right_tree(cluster);
    for (const NodeId node : cluster.list().nodes) {
        const bool same =
            cluster.node(node).daemon->state.tree.digest() == first.daemon->state.tree.digest();
        if (!same && !alarm)
            return on(node, "has another tree than node " + std::to_string(first.id.value));
    }
    const std::uint32_t level = level_of_all(cluster);
    for (const NodeId node : cluster.list().nodes) {
        if (cluster.node(node).daemon->replica->status().level == level) continue;
        return on(node, "has another level than all know");
    }
    return std::nullopt;
}

}  // namespace pmx::sim
