#include "replica/peers.h"

#include <algorithm>

#include "replica/mistakes.h"

namespace pmx::replica {

std::string Peers::reason_against(NodeId sender, const wire::Introduction& who,
                                  const Terms& terms) const {
    if (who.lowest_version > wire::highest_version || who.highest_version < wire::lowest_version) {
        return "it speaks versions " + std::to_string(who.lowest_version) + " to " +
               std::to_string(who.highest_version) + " of the protocol, this node " +
               std::to_string(wire::lowest_version) + " to " +
               std::to_string(wire::highest_version) + "; install the same release on both";
    }
    const ClusterId none;
    if (who.cluster != none && terms.cluster != none && who.cluster != terms.cluster) {
        return "its data belongs to another cluster (" + to_hex(who.cluster) + ", ours is " +
               to_hex(terms.cluster) +
               "); to let it join, run 'pmxctl cluster join' on it, which sets its data aside";
    }
    if (who.node_name == terms.node_name && !who.node_name.empty()) {
        return "it has this node's name, " + who.node_name + "; give one of the two another";
    }
    for (const auto& [node, peer] : peers_) {
        if (node < sender && peer.name == who.node_name && !who.node_name.empty() &&
            peer.refusal.empty()) {
            return "node " + std::to_string(node.value) + " has the same name, " + who.node_name +
                   "; give one of the two another";
        }
    }
    return {};
}

bool Peers::introduce(NodeId sender, const wire::Introduction& who, const Terms& terms) {
    if (sender == terms.node) return true;
    KnownPeer& peer = peers_[sender];
    peer.name = who.node_name;
    peer.disk = who.disk;
    peer.refusal = reason_against(sender, who, terms);
    return peer.refusal.empty();
}

void Peers::only(const std::vector<NodeId>& members) {
    std::erase_if(peers_, [&](const auto& peer) {
        return !std::binary_search(members.begin(), members.end(), peer.first);
    });
}

const KnownPeer* Peers::find(NodeId node) const {
    const auto peer = peers_.find(node);
    return peer == peers_.end() ? nullptr : &peer->second;
}

bool Peers::refused(NodeId node) const {
    const KnownPeer* peer = find(node);
    return peer != nullptr && !peer->refusal.empty();
}

void SeenDisks::learn(const wire::Hello::Seen& seen) {
    wire::Hello::Seen& known = seen_[{seen.node, seen.disk}];
    known.node = seen.node;
    known.disk = seen.disk;
    known.boot = seen.boot;
    known.promise = std::max(known.promise, seen.promise);
    if (std::pair(seen.last_view, seen.last_index) > std::pair(known.last_view, known.last_index)) {
        known.last_view = seen.last_view;
        known.last_index = seen.last_index;
    }
    if (seen_.size() > wire::max_seen) seen_.erase(seen_.begin());
}

std::vector<wire::Hello::Seen> SeenDisks::all() const {
    std::vector<wire::Hello::Seen> all;
    for (const auto& [voter, seen] : seen_)
        all.push_back(seen);
    return all;
}

std::optional<wire::Hello::Seen> SeenDisks::furthest_beyond(const VoterList& voters,
                                                            const View& last_view,
                                                            LogIndex last_index) const {
    std::optional<wire::Hello::Seen> furthest;
    std::pair most(last_view, last_index);
    for (const Voter& voter : voters) {
        const auto found = seen_.find(voter);
        if (found == seen_.end()) continue;
        const std::pair end(found->second.last_view, found->second.last_index);
        if (end <= most) continue;
        most = end;
        furthest = found->second;
    }
    return furthest;
}

bool SeenDisks::outdated(NodeId node, const View& promise, const wire::Hello& hello) const {
    const auto seen = seen_.find({node, hello.disk});
    if (seen == seen_.end() || seen->second.boot == hello.boot) return false;
    if (planted(Mistake::old_copy_votes)) return false;
    return promise < seen->second.promise ||
           std::pair(hello.last_view, hello.last_index) <
               std::pair(seen->second.last_view, seen->second.last_index);
}

}  // namespace pmx::replica
