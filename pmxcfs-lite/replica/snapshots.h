// The snapshots that members who fetch are being served from: each pinned at one index, so that
// what is fetched in many pieces fits together.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "replica/base.h"
#include "replica/state_machine.h"
#include "tree/tree.h"

namespace pmx::replica {

class Snapshots {
  public:
    // Each keeps the contents of its time alive; more members wait their turn.
    static constexpr std::size_t max_pinned = 2;
    // Not asked for this long: its member is gone.
    static constexpr std::chrono::seconds lifetime{30};

    struct Pinned {
        LogIndex index;
        std::string outline;
        std::map<Inode, tree::Node> nodes;  // children unused
        MonotonicTime used;
    };

    // In the place of what `member` had; nothing when it must wait.
    const Pinned* pin(NodeId member, const Base& base, const tree::Tree& tree, MonotonicTime now);
    const Pinned* find(NodeId member, LogIndex index, MonotonicTime now);
    void release(NodeId member) { pinned_.erase(member); }
    void clear() { pinned_.clear(); }
    void expire(MonotonicTime now);

  private:
    std::map<NodeId, Pinned> pinned_;
};

}  // namespace pmx::replica
