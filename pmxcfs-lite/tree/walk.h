// Ways through nodes, the same in a Tree and in a Draft of its next state: whatever has
// find(inode) and child(parent, name).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/result.h"
#include "tree/op.h"
#include "tree/tree.h"

namespace pmx::tree {

template <typename Nodes>
Result<const Node*> walk(const Nodes& nodes, const Ref& ref) {
    const Node* node = nodes.find(ref.base);
    if (node == nullptr) return fail(Code::not_found);
    if (ref.path.empty()) return node;
    for (std::string_view rest = ref.path;;) {
        if (node->kind != NodeKind::directory) return fail(Code::not_a_directory);
        const std::size_t slash = rest.find('/');
        node = nodes.child(node->inode, rest.substr(0, slash));
        if (node == nullptr) return fail(Code::not_found);
        if (slash == std::string_view::npos) return node;
        rest.remove_prefix(slash + 1);
    }
}

// From below the root down to the inode, which must exist.
template <typename Nodes>
std::vector<const Node*> lineage(const Nodes& nodes, Inode inode) {
    std::vector<const Node*> line;
    while (inode != root_inode) {
        const Node* node = nodes.find(inode);
        PMX_CHECK(node != nullptr, "a node without its parent");
        line.push_back(node);
        inode = node->parent;
    }
    return {line.rbegin(), line.rend()};
}

template <typename Nodes>
std::string path_in(const Nodes& nodes, Inode inode) {
    std::string path;
    for (const Node* node : lineage(nodes, inode)) {
        if (!path.empty()) path.push_back('/');
        path.append(node->name);
    }
    return path;
}

}  // namespace pmx::tree
