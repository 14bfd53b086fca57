// Who is there, who is wanted, and who cannot be one of us.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "replica/impl.h"

namespace pmx::replica {

void Replica::Impl::on(ConfigurationChanged& event) {
    PMX_CHECK(std::is_sorted(event.members.begin(), event.members.end()), "members out of order");
    const bool quorum_lost = quorate && !event.quorate;
    quorate = event.quorate;
    nodes = std::move(event.nodes);
    if (!quorate) steady = false;
    if (event.members == members) {
        // corosync tells of members first and of their quorum later. What was said in the round
        // meanwhile, of steadiness above all, was said by nodes that had not heard of the loss.
        const bool stale = quorum_lost && electing && !planted(Mistake::round_outlives_quorum);
        if (stale) return start_round(round.number() + 1);
        // Who left corosync altogether may be what an era waited for.
        consider_leading();
        return;
    }
    members = std::move(event.members);
    peers.only(members);
    commit_what_a_sole_voter_has();
    start_round(round.number() + 1);
}

void Replica::Impl::on(NodesListed& event) {
    listed = std::move(event.nodes);
    quorum_by_fewer = event.quorum_by_fewer;
    PMX_CHECK(std::is_sorted(listed.begin(), listed.end()), "listed nodes out of order");
    consider_leading();
}

void Replica::Impl::on(MessageReceived& event) {
    if (!present(event.sender)) return;
    const Result<wire::Message> message = wire::decode_message(event.bytes);
    if (!message) return hear_unknown(event.sender, event.bytes);
    const bool is_hello = std::holds_alternative<wire::Hello>(message->payload);
    if (!is_hello) {
        if (peers.refused(event.sender)) return;
        note_view(message->view, !std::holds_alternative<wire::ViewProposal>(message->payload));
    }
    std::visit([&](const auto& payload) { hear(event.sender, message->view, payload); },
               message->payload);
}

// Somebody in our midst goes on in another era, which began while its disk held up its HELLO; or in
// a later view, whose VIEW was lost to us when the configuration changed: what its members had said
// before opened it, and ended for them the round that we asked for.
void Replica::Impl::note_view(const View& view, bool goes_on) {
    const bool overtaken = goes_on && current && view > current->view;
    const bool other_era = view_open() && view.era != current->view.era && view != View{};
    if (overtaken || other_era) views_differ = true;
}

// A round says which of the views outranks. Not for every message of a view that just ended.
void Replica::Impl::settle_views() {
    if (!views_differ || !view_open()) return;
    if (now < views_settled + std::chrono::seconds(1)) return;
    views_settled = now;
    start_round(round.number() + 1);
}

// Of a version not spoken here, perhaps: then at least its sender can be named.
void Replica::Impl::hear_unknown(NodeId sender, std::string_view bytes) {
    if (const auto who = wire::introduction(bytes)) peers.introduce(sender, *who, terms());
}

void Replica::Impl::know(NodeId sender, const View& their_promise, const wire::Hello& hello) {
    for (const wire::Hello::Seen& other : hello.seen) {
        if (other.node != settings.node || other.disk != settings.disk) seen.learn(other);
    }
    if (sender == settings.node) return;
    peers.know(sender, hello);
    // Durable is what the log says; of the promise only an ACCEPT tells that it is.
    if (!seen.outdated(sender, their_promise, hello)) {
        seen.learn({sender, hello.disk, hello.boot, {}, hello.last_view, hello.last_index});
    }
}

std::vector<NodeId> Replica::Impl::expected() const {
    std::vector<NodeId> nodes_expected;
    for (const NodeId node : members) {
        if (!peers.refused(node)) nodes_expected.push_back(node);
    }
    return nodes_expected;
}

const DiskId* Replica::Impl::disk_of(NodeId node) const {
    if (node == settings.node) return &settings.disk;
    const KnownPeer* peer = peers.find(node);
    return peer == nullptr ? nullptr : &peer->disk;
}

}  // namespace pmx::replica
