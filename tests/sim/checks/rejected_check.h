// Nothing is dropped in silence: a change that was in a log and lost out is in the list of rejected
// changes of some disk, unless the same request was committed after all. Not of each that had it:
// whoever takes over a snapshot of a log that has the change, too, lists it only when that log
// loses out in turn.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "base/ids.h"
#include "tests/sim/checks/log_check.h"
#include "tests/sim/checks/violations.h"
#include "tests/sim/disk.h"

namespace pmx::sim {

class RejectedCheck {
  public:
    explicit RejectedCheck(Violations& violations) : violations_(violations) {}

    // These entries are in the log of a disk no more.
    void dropped(const std::vector<wire::EntryPtr>& entries);
    // A disk is lost, and with it what it alone knew.
    void gone(const Platter& platter);
    // Nothing that anybody dropped is missing in all of the lists.
    void nothing_is_missing(const std::vector<const Platter*>& platters, const LogCheck& log);
    // This disk lists nothing that was applied.
    void nothing_was_applied(const Platter& platter, const LogCheck& log);

  private:
    Violations& violations_;
    std::map<wire::Chain, wire::EntryPtr> dropped_;
    std::set<RequestId> listed_on_gone_;
    std::vector<Stored> gone_;
};

}  // namespace pmx::sim
