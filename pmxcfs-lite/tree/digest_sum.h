// The digests of all nodes of a tree, summed: what a change costs is the nodes it touched.
//
// The sum is over four 64-bit lanes of each node's SHA-256, wrapping, so nodes may come and go in
// any order. It tells damage and divergence; it is no defence against somebody who may choose the
// contents of a database.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>

#include "base/ids.h"
#include "base/sha256.h"

namespace pmx::tree {

struct Node;

class DigestSum {
  public:
    // The node was added, changed or removed; hashing it waits until the sum is asked for, so that
    // many changes of one file cost one.
    void touch(Inode inode) { stale_.insert(inode); }
    Sha256 of(const std::map<Inode, Node>& nodes);
    // Of one of them, as tree::digest() gives it.
    Sha256 of(const std::map<Inode, Node>& nodes, Inode inode);

  private:
    using Lanes = std::array<std::uint64_t, 4>;
    void refresh(const std::map<Inode, Node>& nodes);

    std::map<Inode, Lanes> digests_;  // as they are in sum_
    std::set<Inode> stale_;
    Lanes sum_{};
};

}  // namespace pmx::tree
