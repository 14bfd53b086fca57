// Time and group of the virtual links: nothing follows from them, but who copies a tree sets them
// and looks whether they are set.
#pragma once

#include <map>
#include <mutex>

#include "base/clock.h"
#include "fuse/node_id.h"

namespace pmx::fuse {

// On this node, until its daemon ends; thread-safe.
class LinkMarks {
  public:
    struct Mark {
        WallTime
            mtime;  // 1970 until it is set: the same after every start, so backups see no change
        bool root_group = false;
    };

    [[nodiscard]] Mark of(NodeIdValue link) const {
        const std::lock_guard lock(mutex_);
        const auto found = marks_.find(link);
        return found == marks_.end() ? Mark() : found->second;
    }
    void set_time(NodeIdValue link, WallTime mtime) {
        const std::lock_guard lock(mutex_);
        marks_[link].mtime = mtime;
    }
    void set_group(NodeIdValue link, bool root_group) {
        const std::lock_guard lock(mutex_);
        marks_[link].root_group = root_group;
    }

  private:
    mutable std::mutex mutex_;
    std::map<NodeIdValue, Mark> marks_;
};

}  // namespace pmx::fuse
