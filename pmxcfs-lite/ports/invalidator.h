// Who must hear what was committed: the kernel's caches, the watchers of known files.
#pragma once

#include <vector>

#include "base/ids.h"
#include "tree/change.h"
#include "wire/entry.h"

namespace pmx::ports {

struct Committed {
    wire::EntryPtr entry;
    bool own = false;  // asked for by a caller on this node, in this daemon run
    Code result = Code::ok;
    std::vector<tree::Change> changes;
};

class Invalidator {
  public:
    virtual ~Invalidator() = default;
    // On the loop thread, after the tree shows it and before the caller is answered. Must not
    // wait: what takes time goes to a thread of the implementation's own.
    virtual void committed(const Committed& committed) = 0;
};

}  // namespace pmx::ports
