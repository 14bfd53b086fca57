#include "tree/tree.h"

#include <limits>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "tree/limits.h"
#include "tree/permissions.h"
#include "tree/walk.h"

namespace pmx::tree {

// All members by their order: one that is forgotten here does not compile.
Node without_children(const Node& node) {
    return {node.inode, node.parent,  node.name,   node.kind,     node.content,
            node.mtime, node.version, node.writer, node.withheld, {}};
}

namespace {

// What SQLite holds.
constexpr Inode max_inode(std::numeric_limits<std::int64_t>::max());

Node make_root() {
    Node root;
    root.inode = root_inode;
    root.parent = root_inode;
    root.kind = NodeKind::directory;
    return root;
}

std::string describe(const Node& node) {
    return "inode " + std::to_string(node.inode.value);
}

// What can be said of a stored node without looking at others.
Result<void> check_stored(const Node& node) {
    const auto wrong = [&](const char* what) { return fail(Code::corrupt, describe(node) + what); };
    if (node.kind != NodeKind::directory && node.kind != NodeKind::file) return wrong(": kind");
    const bool is_file = node.kind == NodeKind::file;
    if (is_file != (node.content != nullptr)) return wrong(": content of the wrong kind");
    if (!is_valid(node.kind, node.withheld)) return wrong(": withholds what it never had");
    if (is_file && node.content->size() > max_file_bytes) return wrong(": too large");
    if (node.inode == root_inode) {
        if (is_file || node.parent != root_inode || !node.name.empty()) return wrong(": no root");
        return {};
    }
    if (node.inode == Inode() || node.inode > max_inode) return wrong(": no number of an inode");
    if (check_name(node.name) != Code::ok) return wrong(": name not allowed");
    return {};
}

Result<void> link_children(std::map<Inode, Node>& nodes) {
    for (const auto& [inode, node] : nodes) {
        if (inode == root_inode) continue;
        const auto parent = nodes.find(node.parent);
        if (parent == nodes.end()) return fail(Code::corrupt, describe(node) + ": no parent");
        if (parent->second.kind != NodeKind::directory) {
            return fail(Code::corrupt, describe(node) + ": lies in a file");
        }
        if (!parent->second.children.emplace(node.name, inode).second) {
            return fail(Code::corrupt, describe(node) + ": its name is there twice");
        }
    }
    return {};
}

// Level by level from the root: what is in a cycle is never reached.
Result<void> check_reachable(const std::map<Inode, Node>& nodes) {
    std::vector<const Node*> level{&nodes.at(root_inode)};
    std::size_t reached = 1;
    for (std::size_t depth = 1; !level.empty(); ++depth) {
        std::vector<const Node*> below;
        for (const Node* node : level) {
            for (const auto& [name, inode] : node->children)
                below.push_back(&nodes.at(inode));
        }
        if (!below.empty() && depth > max_depth) {
            return fail(Code::corrupt, describe(*below.front()) + ": too deep");
        }
        reached += below.size();
        level = std::move(below);
    }
    if (reached != nodes.size()) return fail(Code::corrupt, "directories that contain each other");
    return {};
}

}  // namespace

Tree::Tree() {
    nodes_.emplace(root_inode, make_root());
    digests_.touch(root_inode);
    totals_.inodes = 1;
}

Result<Tree> Tree::from_nodes(std::vector<Node> nodes, ClusterLog cluster_log) {
    if (nodes.size() > max_inodes) return fail(Code::corrupt, "too many inodes");
    Tree tree;
    tree.nodes_.clear();
    for (Node& node : nodes) {
        if (auto ok = check_stored(node); !ok) return fail(ok.error());
        node.children.clear();
        tree.totals_.bytes += node.content ? node.content->size() : 0;
        const Inode inode = node.inode;
        tree.digests_.touch(inode);
        if (!tree.nodes_.emplace(inode, std::move(node)).second) {
            return fail(Code::corrupt, "inode " + std::to_string(inode.value) + " is there twice");
        }
    }
    if (tree.totals_.bytes > max_total_bytes) return fail(Code::corrupt, "too many bytes");
    if (!tree.nodes_.contains(root_inode)) return fail(Code::corrupt, "no root");
    if (auto ok = link_children(tree.nodes_); !ok) return fail(ok.error());
    if (auto ok = check_reachable(tree.nodes_); !ok) return fail(ok.error());
    tree.totals_.inodes = tree.nodes_.size();
    tree.cluster_log_ = std::move(cluster_log);
    return tree;
}

Result<Tree> tree_with(const Tree& tree, const std::vector<Node>& changed,
                       const std::vector<Inode>& removed, ClusterLog cluster_log) {
    std::map<Inode, const Node*> nodes;
    for (const auto& [inode, node] : tree.nodes())
        nodes.emplace(inode, &node);
    for (const Inode inode : removed)
        nodes.erase(inode);
    for (const Node& node : changed)
        nodes.insert_or_assign(node.inode, &node);
    std::vector<Node> list;
    list.reserve(nodes.size());
    for (const auto& [inode, node] : nodes)
        list.push_back(*node);
    return Tree::from_nodes(std::move(list), std::move(cluster_log));
}

const Node* Tree::find(Inode inode) const {
    const auto node = nodes_.find(inode);
    return node == nodes_.end() ? nullptr : &node->second;
}

const Node* Tree::child(Inode parent, std::string_view name) const {
    const Node* directory = find(parent);
    if (directory == nullptr) return nullptr;
    const auto entry = directory->children.find(name);
    return entry == directory->children.end() ? nullptr : find(entry->second);
}

const Node& Tree::root() const {
    return nodes_.at(root_inode);
}

Result<const Node*> Tree::resolve(const Ref& ref) const {
    return walk(*this, ref);
}

std::string Tree::path_of(Inode inode) const {
    return path_in(*this, inode);
}

Totals Tree::totals() const {
    return totals_;
}

const ClusterLog& Tree::cluster_log() const {
    return cluster_log_;
}

const std::map<Inode, Node>& Tree::nodes() const {
    return nodes_;
}

WallTime Tree::time() const {
    return cluster_log_.time();
}

Sha256 Tree::digest_of(Inode inode) const {
    return digests_.of(nodes_, inode);
}

Sha256 Tree::digest() const {
    return sha256({as_bytes(digests_.of(nodes_)), cluster_log_.encode()});
}

}  // namespace pmx::tree
