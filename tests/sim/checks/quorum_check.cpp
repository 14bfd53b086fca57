#include "tests/sim/checks/quorum_check.h"

#include <algorithm>
#include <string>

namespace pmx::sim {

void QuorumCheck::dropped(const DiskId& disk, const std::vector<wire::EntryPtr>& entries,
                          const Era& era) {
    for (const wire::EntryPtr& entry : entries) {
        if (entry->view.era < era) given_up_[{disk, entry->chain}] = era;
    }
}

bool QuorumCheck::has(const Platter& platter, const replica::Voter& voter,
                      const wire::Entry& entry) const {
    if (platter.id != voter.disk) return false;
    if (platter.has(entry.index, entry.chain)) return true;
    // What stands in a base was in the log, unless the base came with a snapshot of another line.
    return platter.base.index >= entry.index && log_.leads_to(entry, platter.base.chain);
}

bool QuorumCheck::gave_up(const replica::Voter& voter, const wire::Entry& entry,
                          const Era& era) const {
    const auto given = given_up_.find({voter.disk, entry.chain});
    return given != given_up_.end() && given->second > era;
}

bool QuorumCheck::on_majority(const wire::Entry& entry, const Era& era,
                              const std::vector<const Platter*>& disks,
                              const replica::VoterList& voters) const {
    const auto copies = std::count_if(voters.begin(), voters.end(), [&](const auto& voter) {
        return gave_up(voter, entry, era) ||
               std::any_of(disks.begin(), disks.end(),
                           [&](const Platter* disk) { return has(*disk, voter, entry); }) ||
               std::any_of(gone_.begin(), gone_.end(),
                           [&](const Platter& disk) { return has(disk, voter, entry); });
    });
    // Counted here, not by the replica's own rule, which may be what is wrong.
    return static_cast<std::size_t>(copies) >= voters.size() / 2 + 1;
}

void QuorumCheck::committed(const wire::Entry& entry, const Era& era,
                            const std::vector<const Platter*>& disks,
                            const replica::VoterList& voters) {
    if (on_majority(entry, era, disks, voters)) return;
    violations_.add(Check::quorum, "entry " + std::to_string(entry.index.value) +
                                       " is committed and not on the disks of a majority");
}

}  // namespace pmx::sim
