// An entry is committed only once a majority of the voters has it on disk.
#pragma once

#include <vector>

#include "base/ids.h"
#include "replica/voters.h"
#include "tests/sim/checks/violations.h"
#include "tests/sim/disk.h"

namespace pmx::sim {

class QuorumCheck {
  public:
    explicit QuorumCheck(Violations& violations) : violations_(violations) {}

    // A disk that is gone still had what it had.
    void gone(const Platter& platter) { gone_.push_back(platter); }

    [[nodiscard]] bool on_majority(const wire::Entry& entry,
                                   const std::vector<const Platter*>& disks,
                                   const replica::VoterList& voters) const;
    // The entry is committed for the first time, under this list.
    void committed(const wire::Entry& entry, const std::vector<const Platter*>& disks,
                   const replica::VoterList& voters);

  private:
    [[nodiscard]] static bool has(const Platter& platter, const replica::Voter& voter,
                                  const wire::Entry& entry);

    Violations& violations_;
    std::vector<Platter> gone_;
};

}  // namespace pmx::sim
