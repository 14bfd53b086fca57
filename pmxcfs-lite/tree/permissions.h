// Who may do what with a file: its place gives, and the file may keep back some of it.
//
// "Less is honoured, more is not": what a file keeps back goes along wherever it is renamed to, and
// its place limits what is left.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "tree/change.h"
#include "tree/op.h"
#include "tree/tree.h"
#include "tree/walk.h"
#include "tree/withheld.h"

namespace pmx::tree {

// The nine bits of rwxrwxrwx.
inline constexpr std::uint16_t mode_bits = 0777;

// What a place gives at most.
constexpr std::uint16_t mode_of_place(NodeKind kind, bool is_private) {
    if (kind == NodeKind::directory) return is_private ? 0700 : 0755;
    return is_private ? 0600 : 0640;
}

// What is left of it.
constexpr std::uint16_t mode_of(NodeKind kind, bool is_private, const Withheld& withheld) {
    return static_cast<std::uint16_t>(mode_of_place(kind, is_private) & ~withheld.mode);
}

// Whether there can be such: nothing is kept back that no place gives.
constexpr bool is_valid(NodeKind kind, const Withheld& withheld) {
    return (withheld.mode & ~mode_of_place(kind, false)) == 0;
}

// What the operation makes of it. What is asked for beyond what a place gives has no effect; within
// priv/ it is kept in mind all the same what the file would give elsewhere.
Withheld withheld_after(NodeKind kind, Withheld withheld, const SetPermissions& op);

// What makes a file without such keep back just that.
SetPermissions to_withhold(Ref at, NodeKind kind, const Withheld& withheld);

// Whether those of the store's group may read it, or list and enter it, as far as it alone decides.
bool lets_group_read(const Node& node);

// The same of the way to it too, the root included. Places (is_private) are not looked at.
template <typename Nodes>
bool is_closed(const Nodes& nodes, Inode inode) {
    const auto line = lineage(nodes, inode);
    return !lets_group_read(*nodes.find(root_inode)) ||
           !std::all_of(line.begin(), line.end(),
                        [](const Node* node) { return lets_group_read(*node); });
}

// Of a path that need not be there: what is there of it.
bool is_closed(const Tree& tree, std::string_view path);

}  // namespace pmx::tree
