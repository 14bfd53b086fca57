// How long each lock of the tree has gone without renewal, as the leader saw it.
//
// A new leader starts the time afresh, and so does one that had no view for a while: holders could
// not renew. So a lock may live longer than its lifetime, never shorter.
#pragma once

#include <map>
#include <optional>

#include "base/clock.h"
#include "base/ids.h"
#include "tree/op.h"
#include "tree/tree.h"

namespace pmx::replica {

class LockClock {
  public:
    void clear() { seen_.clear(); }

    // Call it about once a second: a renewal counts from when it was first observed.
    void observe(const tree::Tree& tree, MonotonicTime now);

    // The expiry to order before `op`, when op takes or asks to free a lock that nobody renewed.
    [[nodiscard]] std::optional<tree::ExpireLock> expired(const tree::Tree& tree,
                                                          const tree::Op& op,
                                                          MonotonicTime now) const;

  private:
    struct Seen {
        LogIndex version;
        MonotonicTime since;
    };
    std::map<Inode, Seen> seen_;
};

}  // namespace pmx::replica
