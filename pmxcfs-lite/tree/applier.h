// The rules: what each operation does to a draft of the tree, and when it may not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tree/change.h"
#include "tree/draft.h"
#include "tree/op.h"
#include "tree/tree.h"

namespace pmx::tree {

// Each operation answers the inode created or changed (0: there is none), or what is wrong; then
// the draft is spoilt and must be dropped.
class Applier {
  public:
    Applier(const Tree& tree, const ApplyContext& context);

    Result<Inode> operator()(const CreateFile& op);
    Result<Inode> operator()(const WriteFile& op);
    Result<Inode> operator()(const MakeDirectory& op);
    Result<Inode> operator()(const RemoveFile& op);
    Result<Inode> operator()(const RemoveDirectory& op);
    Result<Inode> operator()(const Rename& op);
    Result<Inode> operator()(const SetTimes& op);
    Result<Inode> operator()(const ExpireLock& op);
    Result<Inode> operator()(const AppendClusterLog& op);
    Result<Inode> operator()(const SetPermissions& op);
    Result<Inode> operator()(const Transaction& op);

    [[nodiscard]] WallTime time() const { return time_; }
    [[nodiscard]] Draft& draft() { return draft_; }
    [[nodiscard]] std::vector<Change>& changes() { return changes_; }

  private:
    // A name in a directory, and what has it now.
    struct Place {
        Inode directory;
        std::string name;
        const Node* node = nullptr;
    };

    [[nodiscard]] Result<Place> locate(const Ref& ref) const;
    [[nodiscard]] Code check_new_name(const Place& place) const;
    [[nodiscard]] Code check_expectation(const Expectation& expectation) const;
    [[nodiscard]] Code check_rename(const Node& node, const Place& to) const;
    [[nodiscard]] Code check_replace(const Node& node, const Node& replaced) const;
    [[nodiscard]] Code check_guests_below(Inode inode) const;
    [[nodiscard]] Code check_guest(const std::string& path) const;

    Result<Inode> create(const Place& place, NodeKind kind, Content content, WallTime mtime);
    Result<Inode> rewrite(const Node& file, const WriteFile& op);
    void remove(const Node& node, ChangeKind kind);
    void stamp(Node& node, WallTime mtime);
    void touch_directory(Inode directory);
    [[nodiscard]] Change describe(ChangeKind kind, const Node& node) const;

    [[nodiscard]] bool is_lock_directory(Inode inode) const;
    [[nodiscard]] bool is_lock(const Node& node) const;
    [[nodiscard]] bool is_structural(const Node& node) const;
    [[nodiscard]] std::size_t depth(Inode inode) const;
    [[nodiscard]] std::size_t height(const Node& node) const;

    ApplyContext context_;
    WallTime time_;
    Draft draft_;
    std::vector<Change> changes_;
    unsigned created_ = 0;
};

}  // namespace pmx::tree
