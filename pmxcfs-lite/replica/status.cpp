// What others may ask.
#include <algorithm>
#include <set>

#include "replica/impl.h"

namespace pmx::replica {

Peer Replica::Impl::describe(NodeId node) const {
    Peer peer;
    peer.node = node;
    peer.present = present(node);
    peer.voter = std::any_of(log.voters().begin(), log.voters().end(),
                             [node](const Voter& voter) { return voter.node == node; });
    if (const KnownPeer* known_peer = peers.find(node); known_peer != nullptr) {
        peer.name = known_peer->name;
        peer.highest_level = known_peer->highest_level;
        peer.voter = contains(log.voters(), {node, known_peer->disk});
        peer.refusal = known_peer->refusal;
        if (current) {
            const auto reported = current->durable.find({node, known_peer->disk});
            peer.in_step = reported != current->durable.end();
            if (peer.in_step) peer.durable = reported->second;
        }
        if (peer.refusal.empty() && known_peer->highest_level < log.in_force().level &&
            known_peer->highest_level > 0) {
            peer.refusal = "it does not know the rules in force; install this release on it";
        }
    }
    return peer;
}

std::vector<NodeId> Replica::Impl::waited_for() const {
    if (view_open()) return {};
    if (round.forced()) return waited_for_by_force();
    std::set<NodeId> missing;
    const auto add = [&](NodeId node) {
        if (round.from(node) == nullptr) missing.insert(node);
    };
    const VoterLists voters = lists();
    for (const Voter& voter : voters.in_force)
        add(voter.node);
    if (voters.both_decide) {
        for (const Voter& voter : voters.before)
            add(voter.node);
    }
    if (voters.in_force.empty()) std::for_each(listed.begin(), listed.end(), add);
    return {missing.begin(), missing.end()};
}

// Everybody who is here must have spoken, and then whoever goes on have all of the leader's log.
std::vector<NodeId> Replica::Impl::waited_for_by_force() const {
    std::vector<NodeId> missing;
    for (const NodeId node : expected()) {
        if (round.from(node) == nullptr) missing.push_back(node);
    }
    if (!missing.empty() || !current || current->open || !current->founds_era) return missing;
    for (const Voter& voter : current->voters) {
        if (!current->accepted.contains(voter)) missing.push_back(voter.node);
    }
    return missing;
}

std::optional<CatchingUp> Replica::Impl::progress_of_fetching() const {
    if (!lacks_something() && !installing) return std::nullopt;
    CatchingUp progress_made;
    progress_made.from = current->view.leader;
    if (fetching.stage == Fetching::Stage::entries) {
        progress_made.done = fetching.after.value;
        progress_made.total = fetching.target.value;
    } else if (fetching.stage != Fetching::Stage::idle || installing) {
        progress_made.snapshot = true;
        progress_made.done = fetching.position;
        progress_made.total = fetching.missing.size();
    }
    return progress_made;
}

Status Replica::status() const {
    const Impl& impl = *impl_;
    Status status;
    status.promise = impl.promise;
    if (impl.view_open()) status.open_view = impl.current->view;
    status.leading = impl.leading();
    status.quorate = impl.quorate;
    status.last = impl.log.last();
    status.durable = impl.durable;
    status.committed = impl.committed;
    status.level = impl.log.in_force().level;
    status.voters = impl.log.voters();
    status.members = impl.members;
    status.listed = impl.listed;
    status.in_step = impl.current && impl.current->in_step;
    status.catching_up = impl.progress_of_fetching();
    status.scrub = impl.scrub;
    status.waiting_for = impl.waited_for();
    status.view_lost = impl.view_lost;
    status.forcing = impl.forcing || (!impl.view_open() && impl.round.forced());
    if (const auto furthest =
            impl.seen.furthest_beyond(impl.log.voters(), impl.log.last_view(), impl.log.last())) {
        status.ahead = Ahead{furthest->node, furthest->last_index};
    }
    status.in_flight_requests = impl.requests.count();
    status.in_flight_bytes = impl.requests.bytes();
    std::set<NodeId> others(impl.members.begin(), impl.members.end());
    others.insert(impl.listed.begin(), impl.listed.end());
    for (const Voter& voter : impl.log.voters())
        others.insert(voter.node);
    others.erase(impl.settings.node);
    for (const NodeId node : others)
        status.peers.push_back(impl.describe(node));
    return status;
}

}  // namespace pmx::replica
