#include "engine/tree_difference.h"

#include <string>
#include <utility>

#include "tree/permissions.h"

namespace pmx::engine {
namespace {

tree::Change change_of(tree::ChangeKind kind, const tree::Tree& tree, const tree::Node& node) {
    tree::Change change;
    change.kind = kind;
    change.node = node.kind;
    change.inode = node.inode;
    change.parent = node.parent;
    change.name = node.name;
    change.path = tree.path_of(node.inode);
    change.size = node.content ? node.content->size() : 0;
    change.withheld = node.withheld;
    change.closed = tree::is_closed(tree, node.inode);
    return change;
}

class Difference {
  public:
    Difference(const tree::Tree& before, const tree::Tree& after, LogIndex common)
        : before_(before), after_(after), first_own_(tree::inode_number(next(common), 0)) {}

    std::vector<tree::Change> find() {
        for (const auto& [inode, node] : before_.nodes()) {
            if (same(after_, node) == nullptr) {
                changes_.push_back(change_of(tree::ChangeKind::removed, before_, node));
            }
        }
        for (const auto& [inode, node] : after_.nodes()) {
            const tree::Node* old = same(before_, node);
            if (old == nullptr) {
                changes_.push_back(change_of(tree::ChangeKind::created, after_, node));
            } else {
                compare(*old, node);
            }
        }
        return std::move(changes_);
    }

  private:
    // The very node in the other tree.
    [[nodiscard]] const tree::Node* same(const tree::Tree& other, const tree::Node& node) const {
        if (node.inode >= first_own_) return nullptr;
        return other.find(node.inode);
    }

    void compare(const tree::Node& old, const tree::Node& node) {
        if (old.parent != node.parent || old.name != node.name) {
            tree::Change change = change_of(tree::ChangeKind::renamed, after_, node);
            change.old_parent = old.parent;
            change.old_name = old.name;
            change.old_path = before_.path_of(old.inode);
            change.closed = change.closed || tree::is_closed(before_, old.inode);
            changes_.push_back(std::move(change));
        }
        const bool same_content = old.content == node.content ||
                                  (old.content && node.content && *old.content == *node.content);
        if (!same_content) {
            changes_.push_back(change_of(tree::ChangeKind::modified, after_, node));
        } else if (old.mtime != node.mtime && node.kind == tree::NodeKind::file) {
            changes_.push_back(change_of(tree::ChangeKind::times, after_, node));
        }
        if (old.withheld != node.withheld) {
            tree::Change change = change_of(tree::ChangeKind::permissions, after_, node);
            change.closed = change.closed || tree::is_closed(before_, old.inode);
            changes_.push_back(std::move(change));
        }
    }

    const tree::Tree& before_;
    const tree::Tree& after_;
    const Inode first_own_;
    std::vector<tree::Change> changes_;
};

}  // namespace

std::vector<tree::Change> difference(const tree::Tree& before, const tree::Tree& after,
                                     LogIndex common) {
    return Difference(before, after, common).find();
}

}  // namespace pmx::engine
