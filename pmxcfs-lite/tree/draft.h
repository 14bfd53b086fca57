// The next state of a tree, as its differences from the present one.
//
// apply() makes its change here and commits it whole; a change that fails is simply dropped, so the
// tree was never anything in between, and a check is the same code without the commit. What is
// drafted costs what it touches: no directory is copied for a change in it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tree/tree.h"

namespace pmx::tree {

class Draft {
  public:
    // Does not own: `tree` must outlive the draft and stay as it is.
    explicit Draft(const Tree& tree) : tree_(tree), totals_(tree.totals_) {}

    // Of a node found here, `children` means nothing: ask for each_child, child and is_empty.
    // Valid until the node is edited or removed.
    [[nodiscard]] const Node* find(Inode inode) const;
    [[nodiscard]] const Node* child(Inode parent, std::string_view name) const;
    [[nodiscard]] bool is_empty(Inode directory) const;
    void each_child(Inode directory, const std::function<void(const Node&)>& visit) const;
    [[nodiscard]] const Totals& totals() const { return totals_; }
    [[nodiscard]] bool is_changed() const { return !nodes_.empty() || cluster_log_; }

    // For mtime, version, writer and withheld; the others have functions of their own.
    Node& edit(Inode inode);
    void set_content(Inode inode, Content content);
    void add(Node node);       // its parent's child from now on
    void remove(Inode inode);  // a directory must be empty
    void move(Inode inode, Inode parent, std::string name);
    ClusterLog& cluster_log();

    // Into the tree that this is a draft of, as what happened at `time`. The draft is used up.
    void commit(Tree& tree, WallTime time);

  private:
    using Children = std::map<std::string, Inode, std::less<>>;

    const Tree& tree_;
    Totals totals_;
    std::map<Inode, std::optional<Node>> nodes_;  // new and changed ones; nullopt: removed
    std::map<Inode, Children> links_;             // by directory: new children; inode 0: gone
    std::optional<ClusterLog> cluster_log_;
};

}  // namespace pmx::tree
