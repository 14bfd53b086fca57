// The file tree as a pure value.
//
// The tree is the log applied up to an index. apply() is deterministic: the same operations in the
// same order give the same tree, results and inode numbers on every node. Not thread-safe; many
// readers or one writer, which whoever owns it arranges. File contents are shared and immutable, so
// a reader may keep one past any later change: that is what an open handle does.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/sha256.h"
#include "tree/change.h"
#include "tree/cluster_log.h"
#include "tree/digest_sum.h"
#include "tree/op.h"
#include "tree/withheld.h"

namespace pmx::tree {

using Content = std::shared_ptr<const std::string>;  // never null in a file

// An inode created by entry I as its k-th new node (k from 0) has the number I * 256 + k; the root
// has 1. So numbers are never used twice, and every node gives the same ones.
constexpr Inode inode_number(LogIndex created, unsigned ordinal) {
    return Inode(created.value * 256 + ordinal);
}

struct Node {
    Inode inode;
    Inode parent;  // the root's is the root
    std::string name;
    NodeKind kind = NodeKind::file;
    Content content;   // null in a directory
    WallTime mtime;    // a directory's grows strictly with every change of its list of children
    LogIndex version;  // of the entry that changed anything of it, or of its children's names, last
    NodeId writer;     // whose entry that was; of a lock: who holds it
    Withheld withheld;
    std::map<std::string, Inode, std::less<>> children;  // empty in a file
};

// All that stands in a node itself: what is stored, sent and edited.
Node without_children(const Node& node);

struct ApplyContext {
    LogIndex index;
    WallTime time;  // the origin's; where it is not after the tree's time, that and 1 ns is used
    NodeId node;    // the origin
};

struct Outcome {
    Code result = Code::ok;
    Inode inode;                  // the node created or changed, when there is one
    std::vector<Change> changes;  // in order; empty unless result is ok
};

struct Totals {
    std::uint64_t bytes = 0;
    std::uint64_t inodes = 0;  // the root included
};

// Of everything in a node that all nodes of the cluster must agree on; children follow from
// parents.
Sha256 digest(const Node& node);

// What digest() covers, for the way from one node of the cluster to another.
std::string encode(const Node& node);
// Without children. Code::corrupt when the bytes are no node, whatever they are.
Result<Node> decode_node(std::string_view bytes);

class Tree {
  public:
    Tree();  // the root alone

    // From stored nodes, children maps ignored and rebuilt. Code::corrupt when they make no tree:
    // a missing parent, a cycle, a name twice, a file with children, a limit exceeded.
    static Result<Tree> from_nodes(std::vector<Node> nodes, ClusterLog cluster_log);

    [[nodiscard]] const Node* find(Inode inode) const;
    [[nodiscard]] const Node* child(Inode parent, std::string_view name) const;
    [[nodiscard]] const Node& root() const;
    // not_found or not_a_directory where the path leads nowhere.
    [[nodiscard]] Result<const Node*> resolve(const Ref& ref) const;
    // From the root, without leading slash; "" for the root. The inode must exist.
    [[nodiscard]] std::string path_of(Inode inode) const;

    [[nodiscard]] Totals totals() const;
    [[nodiscard]] const ClusterLog& cluster_log() const;
    [[nodiscard]] const std::map<Inode, Node>& nodes() const;
    // The time of the newest entry applied.
    [[nodiscard]] WallTime time() const;
    // Of everything that all nodes must agree on; independent of how the tree came to be. Hashes
    // what changed since it was last asked for, and remembers: for the tree's owner alone, not for
    // readers that share the tree.
    [[nodiscard]] Sha256 digest() const;

    // Of one inode, which exists; of use to the tree's owner alone, like digest().
    [[nodiscard]] Sha256 digest_of(Inode inode) const;

    Outcome apply(const Op& op, const ApplyContext& context);
    // What apply(op) would find wrong with it now, without changing anything; for answers that
    // must come before an entry is sent. The context's index may be 0.
    [[nodiscard]] Code check(const Op& op, const ApplyContext& context) const;

  private:
    friend class Draft;  // the only way in for a change

    std::map<Inode, Node> nodes_;
    Totals totals_;
    ClusterLog cluster_log_;
    mutable DigestSum digests_;
};

// Another tree: that one without `removed`, and with `changed` (children unused) in the place of
// what had their inodes. It shares contents with the first, and nothing else: so a tree that nobody
// changes meanwhile may be copied by another thread than its owner's.
Result<Tree> tree_with(const Tree& tree, const std::vector<Node>& changed,
                       const std::vector<Inode>& removed, ClusterLog cluster_log);

}  // namespace pmx::tree
