// The leader moves the voters towards the nodes that the administrator wants, one at a time, and
// raises the level once every voter knows the next.
#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "replica/impl.h"

namespace pmx::replica {

// Only when an entry of the open view is committed, and the list before: otherwise two leaders
// could each have a majority, of lists that differ by two.
void Replica::Impl::move_voters() {
    const bool settled_view =
        committed > current->start || planted(Mistake::voters_before_entry_of_view);
    if (!leading() || !settled_view || log.in_force().voters_since > committed) return;
    if (must_repeat_list(log)) {
        order_own(wire::EntryKind::voters, encode(log.voters()));
        return;
    }
    std::optional<VoterList> voters = one_change(log.voters());
    if (planted(Mistake::two_voters_at_once) && voters) {
        while (std::optional<VoterList> more = one_change(*voters))
            voters = std::move(more);
    }
    if (voters) {
        order_own(wire::EntryKind::voters, encode(*voters));
        return;
    }
    raise_level();
}

std::optional<VoterList> Replica::Impl::one_change(VoterList voters) const {
    // A disk that is lost first: it can never vote again.
    for (const auto is_gone : {&Impl::has_another_disk, &Impl::is_unwanted}) {
        for (const Voter& voter : voters) {
            if (!(this->*is_gone)(voter)) continue;
            VoterList rest = voters;
            std::erase(rest, voter);
            if (lives(rest)) return rest;
        }
    }
    for (const auto& report : current->durable) {
        const Voter& voter = report.first;
        const bool known = std::any_of(voters.begin(), voters.end(),
                                       [&](const Voter& one) { return one.node == voter.node; });
        const bool wanted = std::binary_search(listed.begin(), listed.end(), voter.node);
        const DiskId* disk = disk_of(voter.node);
        const bool here = present(voter.node) && disk != nullptr && *disk == voter.disk;
        if (known || !wanted || !here || voters.size() >= max_voters) continue;
        voters.insert(std::upper_bound(voters.begin(), voters.end(), voter), voter);
        return voters;
    }
    return std::nullopt;
}

// A majority of the list follows this view now, so that it can decide what comes next.
bool Replica::Impl::lives(const VoterList& list) const {
    const auto here = std::count_if(list.begin(), list.end(), [this](const Voter& voter) {
        return present(voter.node) && current->durable.contains(voter);
    });
    return static_cast<std::size_t>(here) >= majority(list) ||
           planted(Mistake::removal_not_checked);
}

bool Replica::Impl::has_another_disk(const Voter& voter) const {
    const DiskId* disk = disk_of(voter.node);
    return voter != self() && present(voter.node) && disk != nullptr && *disk != voter.disk;
}

// A leader that is not wanted leaves its own removal to the next one.
bool Replica::Impl::is_unwanted(const Voter& voter) const {
    return voter != self() && !listed.empty() &&
           !std::binary_search(listed.begin(), listed.end(), voter.node);
}

void Replica::Impl::raise_level() {
    std::uint32_t highest = settings.highest_level;
    for (const Voter& voter : log.voters()) {
        if (voter.node == settings.node) continue;
        const KnownPeer* peer = peers.find(voter.node);
        if (peer == nullptr) return;
        highest = std::min(highest, peer->highest_level);
    }
    if (highest <= log.in_force().level) return;
    ByteWriter op;
    op.u32(highest);
    order_own(wire::EntryKind::level, op.take());
}

}  // namespace pmx::replica
