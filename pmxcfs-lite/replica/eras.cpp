// Going on with fewer than a majority, where quorum was granted to fewer: two_node, a quorum
// device, or an administrator who says so.
#include <algorithm>

#include "replica/impl.h"

namespace pmx::replica {

void Replica::Impl::on(ForceQuorum& event) {
    forcing = Forcing{now, event.time, std::move(event.actor)};
    start_round(round.number() + 1);
}

// What was asked for in vain is over, also for those who heard of it in the round under way.
void Replica::Impl::stop_forcing() {
    if (!forcing || now < forcing->since + force_limit) return;
    forcing.reset();
    if (!view_open()) start_round(round.number() + 1);
}

void Replica::Impl::note_steadiness() {
    const bool decides = view_open() && current->in_step && committed > current->start;
    if (quorate && decides) steady = true;
}

void Replica::Impl::consider_founding() {
    // Who is there but silent may have what those heard have not.
    if (!round.all_of(expected())) return;
    const bool has_most =
        furthest(possible_founders()) == settings.node || planted(Mistake::era_founded_by_any);
    if (!has_most) return;
    VoterList founders = heard_of(log.voters());
    // Forced where all of the voters are lost: then it is for whoever has most.
    if (founders.empty() && round.forced()) founders.push_back(self());
    if (may_found_era(founders)) propose_view(founders, ViewKind::with_new_list);
}

// Those whose log could go on here: some who vote by it are heard, or the administrator says so.
// Whoever has the longest leads, also where it has no vote. What it has beyond the others' logs may
// have been acknowledged.
std::vector<NodeId> Replica::Impl::possible_founders() const {
    std::vector<NodeId> founders;
    for (const auto& [node, said] : round.said()) {
        const bool sound = said.hello.knows_level && said.hello.last_index > LogIndex() &&
                           !seen.outdated(node, said.promise, said.hello);
        if (sound && (round.forced() || !heard_of(said.voters).empty())) founders.push_back(node);
    }
    return founders;
}

// Without the conditions, the first daemon up at a cold start would found an era over logs that are
// newer than its own.
bool Replica::Impl::may_found_era(const VoterList& founders) const {
    if (founders.empty()) return false;
    if (round.forced()) return true;
    if (!quorum_by_fewer || !quorate || !have_halves(lists(), founders)) return false;
    const bool all_steady =
        std::all_of(founders.begin(), founders.end(),
                    [this](const Voter& voter) { return round.from(voter.node)->hello.steady; }) ||
        planted(Mistake::era_founded_by_unsteady);
    return all_steady &&
           std::all_of(log.voters().begin(), log.voters().end(), [&](const Voter& voter) {
               return contains(founders, voter) || has_left(voter);
           });
}

bool Replica::Impl::has_left(const Voter& voter) const {
    const bool left = !std::binary_search(nodes.begin(), nodes.end(), voter.node) ||
                      planted(Mistake::era_founded_beside_absent_daemon);
    const Round::Said* said = round.from(voter.node);
    return left || (said != nullptr && said->hello.disk != voter.disk);
}

}  // namespace pmx::replica
