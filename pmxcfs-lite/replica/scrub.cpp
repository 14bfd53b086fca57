// Comparing trees: the entries that a leader orders by itself are the places where every member
// takes the digest of its tree.
#include <algorithm>
#include <map>

#include "replica/impl.h"

namespace pmx::replica {

// Our own digest, once the state has come to such a place.
void Replica::Impl::compare_trees() {
    if (!state.digest_taken || state.digest_taken->index <= scrub_index || !current) return;
    if (!current->in_step) return;
    scrub_index = state.digest_taken->index;
    digests[settings.node] = *state.digest_taken;
    scrub = Scrub{scrub_index, {}, false};
    judge_trees();
    if (alone()) return;
    say(current->view, wire::Digest{settings.disk, scrub_index, state.digest_taken->digest});
}

void Replica::Impl::hear(NodeId sender, const View& view, const wire::Digest& digest) {
    if (!current || view != current->view || sender == settings.node) return;
    if (!contains(log.voters(), {sender, digest.disk})) return;
    digests[sender] = {digest.index, digest.digest};
    if (digest.index == scrub_index) judge_trees();
}

// The majority of voters is right. Without one there is an alarm, and nobody repairs anything.
void Replica::Impl::judge_trees() {
    std::map<NodeId, Sha256> compared;
    std::map<Sha256, std::size_t> count;
    for (const auto& [node, said] : digests) {
        if (said.index != scrub_index) continue;
        compared.emplace(node, said.digest);
        ++count[said.digest];
    }
    scrub.differing.clear();
    scrub.without_majority = false;
    if (count.size() < 2) return;
    const auto most =
        std::max_element(count.begin(), count.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most->second < majority(log.voters())) {
        scrub.without_majority = compared.size() >= log.voters().size();
        return;
    }
    for (const auto& [node, digest] : compared) {
        if (digest != most->first) scrub.differing.push_back(node);
    }
    const auto ours = compared.find(settings.node);
    if (ours == compared.end() || ours->second == most->first) return;
    damaged = true;  // it fetches the nodes that differ
}

// A leader whose tree is damaged makes way for one whose tree is right. It leads where nobody else
// has all of the log, and orders nothing then but the entry that lets the others catch up. Where
// nobody else votes, its tree is the one that counts.
void Replica::Impl::make_way_if_damaged() {
    if (!damaged || !leading() || committed <= current->start) return;
    if (log.voters() == VoterList{self()}) {
        damaged = false;
        return;
    }
    const auto can_take_over = [this](const auto& reported) {
        const auto& [voter, place] = reported;
        const KnownPeer* peer = peers.find(voter.node);
        return contains(log.voters(), voter) && place >= committed && peer != nullptr &&
               !peer->damaged && peer->highest_level >= log.in_force().level;
    };
    const auto& all = current->durable;
    if (std::any_of(all.begin(), all.end(), can_take_over)) start_round(round.number() + 1);
}

// The log of a damaged tree is sound, and others may need it to commit. So it goes on until it is
// in step and has said what it has; then it waits for a snapshot of no less.
void Replica::Impl::freeze_damaged() {
    if (!damaged || !current || !current->in_step || !view_open() || leading()) return;
    const bool said_all = durable == log.last() && current->reported == durable;
    if (!said_all || current->frozen) return;
    current->frozen = true;
    current->in_step = false;
}

void Replica::Impl::order_scrub() {
    if (damaged || now < scrub_ordered + scrub_period) return;
    scrub_ordered = now;
    order_own(wire::EntryKind::barrier, {});
}

}  // namespace pmx::replica
