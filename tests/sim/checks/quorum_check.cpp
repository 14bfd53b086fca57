#include "tests/sim/checks/quorum_check.h"

#include <algorithm>
#include <string>

namespace pmx::sim {

bool QuorumCheck::has(const Platter& platter, const replica::Voter& voter,
                      const wire::Entry& entry) {
    if (platter.id != voter.disk) return false;
    // What stands in a base was in the log, and is compared by the log's own check.
    return platter.base.index >= entry.index || platter.has(entry.index, entry.chain);
}

bool QuorumCheck::on_majority(const wire::Entry& entry, const std::vector<const Platter*>& disks,
                              const replica::VoterList& voters) const {
    const auto copies = std::count_if(voters.begin(), voters.end(), [&](const auto& voter) {
        return std::any_of(disks.begin(), disks.end(),
                           [&](const Platter* disk) { return has(*disk, voter, entry); }) ||
               std::any_of(gone_.begin(), gone_.end(),
                           [&](const Platter& disk) { return has(disk, voter, entry); });
    });
    // Counted here, not by the replica's own rule, which may be what is wrong.
    return static_cast<std::size_t>(copies) >= voters.size() / 2 + 1;
}

void QuorumCheck::committed(const wire::Entry& entry, const std::vector<const Platter*>& disks,
                            const replica::VoterList& voters) {
    if (on_majority(entry, disks, voters)) return;
    violations_.add(Check::quorum, "entry " + std::to_string(entry.index.value) +
                                       " is committed and not on the disks of a majority");
}

}  // namespace pmx::sim
