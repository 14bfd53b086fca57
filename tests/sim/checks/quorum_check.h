// An entry is committed only once a majority of the voters has it on disk.
//
// One thing is excused. A disk reports an entry truly, and then goes over to a higher era and gives
// the entry up for it. A leader that has not heard of that era may count the report afterwards:
// what it commits is of the line that lost.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "replica/voters.h"
#include "tests/sim/checks/log_check.h"
#include "tests/sim/checks/violations.h"
#include "tests/sim/disk.h"

namespace pmx::sim {

class QuorumCheck {
  public:
    QuorumCheck(Violations& violations, const LogCheck& log) : violations_(violations), log_(log) {}

    // A disk that is gone still had what it had.
    void gone(const Platter& platter) { gone_.push_back(platter); }
    // A disk took these entries out of its log, for one of `era`.
    void dropped(const DiskId& disk, const std::vector<wire::EntryPtr>& entries, const Era& era);

    // As whoever follows a view of `era` counts.
    [[nodiscard]] bool on_majority(const wire::Entry& entry, const Era& era,
                                   const std::vector<const Platter*>& disks,
                                   const replica::VoterList& voters) const;
    // The entry is committed for the first time, under this list.
    void committed(const wire::Entry& entry, const Era& era,
                   const std::vector<const Platter*>& disks, const replica::VoterList& voters);

  private:
    [[nodiscard]] bool has(const Platter& platter, const replica::Voter& voter,
                           const wire::Entry& entry) const;
    [[nodiscard]] bool gave_up(const replica::Voter& voter, const wire::Entry& entry,
                               const Era& era) const;

    Violations& violations_;
    const LogCheck& log_;
    std::vector<Platter> gone_;
    std::map<std::pair<DiskId, wire::Chain>, Era> given_up_;  // and for which era
};

}  // namespace pmx::sim
