// Going on with fewer than a majority, where quorum was granted to fewer: two_node, a quorum
// device, or an administrator who says so.
#include <algorithm>

#include "replica/impl.h"

namespace pmx::replica {

void Replica::Impl::on(ForceQuorum& event) {
    forcing = Forcing{now, event.time, std::move(event.actor)};
    start_round(round.number() + 1);
}

void Replica::Impl::note_steadiness() {
    if (quorate && view_open() && current->in_step) steady = true;
}

void Replica::Impl::consider_founding(const VoterList& heard) {
    // Who is there but silent may have what those heard have not.
    if (heard.size() >= majority(log.voters()) || !round.all_of(expected())) return;
    std::vector<NodeId> founders;
    for (const Voter& voter : heard) {
        const Round::Said& said = *round.from(voter.node);
        // Who has no vote by its own log: without the entry that took it the others go on.
        if (said.votes(voter.node) && said.hello.knows_level) founders.push_back(voter.node);
    }
    if (furthest(founders) == settings.node && may_found_era(heard)) propose_view(heard, true);
}

// Without the conditions, the first daemon up at a cold start would found an era over logs that are
// newer than its own.
bool Replica::Impl::may_found_era(const VoterList& heard) const {
    if (heard.empty()) return false;
    if (round.forced()) return true;
    if (!quorum_by_fewer || !quorate || heard.size() * 2 < log.voters().size()) return false;
    const bool all_steady = std::all_of(heard.begin(), heard.end(), [this](const Voter& voter) {
        return round.from(voter.node)->hello.steady;
    });
    if (!all_steady) return false;
    return std::all_of(log.voters().begin(), log.voters().end(), [&](const Voter& voter) {
        if (contains(heard, voter)) return true;
        const bool left = !std::binary_search(nodes.begin(), nodes.end(), voter.node);
        const Round::Said* said = round.from(voter.node);
        return left || (said != nullptr && said->hello.disk != voter.disk);
    });
}

}  // namespace pmx::replica
