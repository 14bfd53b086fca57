// What files held, found again by doing the changes to them once more, one after the other.
#pragma once

#include <map>
#include <optional>
#include <span>

#include "ports/log_store.h"
#include "tree/op.h"
#include "tree/tree.h"

namespace pmx::engine {

// It begins in the middle: what a file held before its first change is not known until a save of
// the whole file. Null contents stand for what is not known.
class ContentReplay {
  public:
    struct Held {
        tree::Content before;
        tree::Content after;
    };
    // The next change, in the order in which they were applied, and the operation it came of;
    // nothing where that is not known any more.
    Held apply(const tree::Change& change, const std::optional<tree::Op>& op);

  private:
    [[nodiscard]] tree::Content known(Inode inode) const;

    std::map<Inode, tree::Content> contents_;
};

}  // namespace pmx::engine
