#include "tree/draft.h"

#include <utility>

#include "base/check.h"

namespace pmx::tree {

const Node* Draft::find(Inode inode) const {
    const auto changed = nodes_.find(inode);
    if (changed == nodes_.end()) return tree_.find(inode);
    return changed->second ? &*changed->second : nullptr;
}

const Node* Draft::child(Inode parent, std::string_view name) const {
    const auto links = links_.find(parent);
    if (links != links_.end()) {
        const auto link = links->second.find(name);
        if (link != links->second.end()) {
            return link->second == Inode() ? nullptr : find(link->second);
        }
    }
    const Node* present = tree_.child(parent, name);
    return present == nullptr ? nullptr : find(present->inode);
}

bool Draft::is_empty(Inode directory) const {
    const Node* present = tree_.find(directory);
    std::size_t count = present == nullptr ? 0 : present->children.size();
    const auto links = links_.find(directory);
    if (links == links_.end()) return count == 0;
    for (const auto& [name, inode] : links->second) {
        const bool was_there = present != nullptr && present->children.contains(name);
        const bool is_there = inode != Inode();
        if (is_there && !was_there) ++count;
        if (!is_there && was_there) --count;
    }
    return count == 0;
}

void Draft::each_child(Inode directory, const std::function<void(const Node&)>& visit) const {
    static const Children none;
    const auto links = links_.find(directory);
    const Children& changed = links == links_.end() ? none : links->second;
    if (const Node* present = tree_.find(directory)) {
        for (const auto& [name, inode] : present->children) {
            if (!changed.contains(name)) visit(*find(inode));
        }
    }
    for (const auto& [name, inode] : changed) {
        if (inode != Inode()) visit(*find(inode));
    }
}

Node& Draft::edit(Inode inode) {
    const Node* node = find(inode);
    PMX_CHECK(node != nullptr, "edit of a node that is not there");
    auto& changed = nodes_[inode];
    if (!changed) changed = without_children(*node);
    return *changed;
}

void Draft::set_content(Inode inode, Content content) {
    Node& node = edit(inode);
    totals_.bytes = totals_.bytes - node.content->size() + content->size();
    node.content = std::move(content);
}

void Draft::add(Node node) {
    totals_.inodes += 1;
    totals_.bytes += node.content ? node.content->size() : 0;
    links_[node.parent][node.name] = node.inode;
    const Inode inode = node.inode;
    nodes_[inode] = std::move(node);
}

void Draft::remove(Inode inode) {
    const Node* node = find(inode);
    PMX_CHECK(node != nullptr, "removal of a node that is not there");
    totals_.inodes -= 1;
    totals_.bytes -= node->content ? node->content->size() : 0;
    links_[node->parent][node->name] = Inode();
    nodes_[inode] = std::nullopt;
}

void Draft::move(Inode inode, Inode parent, std::string name) {
    Node& node = edit(inode);
    links_[node.parent][node.name] = Inode();
    links_[parent][name] = inode;
    node.parent = parent;
    node.name = std::move(name);
}

ClusterLog& Draft::cluster_log() {
    if (!cluster_log_) cluster_log_ = tree_.cluster_log_;
    return *cluster_log_;
}

void Draft::commit(Tree& tree, WallTime time) {
    PMX_CHECK(&tree == &tree_, "commit into another tree");
    for (auto& [inode, node] : nodes_) {
        tree.digests_.touch(inode);
        if (!node) {
            tree.nodes_.erase(inode);
            continue;
        }
        Node& stored = tree.nodes_[inode];
        node->children = std::move(stored.children);
        stored = std::move(*node);
    }
    for (auto& [parent, children] : links_) {
        const auto directory = tree.nodes_.find(parent);
        if (directory == tree.nodes_.end()) continue;
        for (auto& [name, inode] : children) {
            if (inode == Inode()) {
                directory->second.children.erase(name);
            } else {
                directory->second.children.insert_or_assign(name, inode);
            }
        }
    }
    tree.totals_ = totals_;
    if (cluster_log_) tree.cluster_log_ = std::move(*cluster_log_);
    tree.cluster_log_.set_time(time);
}

}  // namespace pmx::tree
