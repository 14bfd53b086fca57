#include "tree/permissions.h"

#include <utility>

namespace pmx::tree {

Withheld withheld_after(NodeKind kind, Withheld withheld, const SetPermissions& op) {
    if (op.mode) {
        withheld.mode = static_cast<std::uint16_t>(mode_of_place(kind, false) & ~*op.mode);
    }
    if (op.root_group) withheld.group = *op.root_group;
    return withheld;
}

SetPermissions to_withhold(Ref at, NodeKind kind, const Withheld& withheld) {
    return {std::move(at), mode_of(kind, false, withheld), withheld.group};
}

bool lets_group_read(const Node& node) {
    const unsigned mode = mode_of(node.kind, false, node.withheld);
    constexpr unsigned group_shift = 3;
    const unsigned theirs = node.withheld.group ? mode : mode >> group_shift;
    const unsigned wanted = node.kind == NodeKind::directory ? 05 : 04;
    return (theirs & wanted) == wanted;
}

bool is_closed(const Tree& tree, std::string_view path) {
    const Node* node = &tree.root();
    while (lets_group_read(*node)) {
        const std::size_t slash = path.find('/');
        node = path.empty() ? nullptr : tree.child(node->inode, path.substr(0, slash));
        if (node == nullptr) return false;
        path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    }
    return true;
}

}  // namespace pmx::tree
