// Who belongs to the cluster and who is here, for any thread to read without asking the loop: a
// read of .members must not hang because the loop does.
#pragma once

#include <mutex>

#include "ports/store.h"

namespace pmx::engine {

// Thread-safe.
class MembershipBoard {
  public:
    void listed(const ports::NodeList& list);
    void configured(const ports::Configuration& configuration, WallTime now);
    [[nodiscard]] ports::Membership current() const;

  private:
    mutable std::mutex mutex_;
    ports::Membership current_;
};

}  // namespace pmx::engine
