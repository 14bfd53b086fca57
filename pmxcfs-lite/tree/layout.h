// What the places of the tree mean: who may see them, which are locks, which hold guests.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ids.h"
#include "tree/tree.h"

namespace pmx::tree {

// priv, nodes/*/priv and all below: root's alone, in the mount and in every answer about it.
bool is_private(std::string_view path);
bool is_private(const Tree& tree, Inode inode);

// A directory right below priv/lock.
bool is_lock(const Tree& tree, const Node& node);
inline constexpr std::string_view lock_directory = "priv/lock";

// The guest whose configuration the path is: nodes/<node>/{qemu-server,lxc,openvz}/<vmid>.conf.
struct GuestConfig {
    std::string_view node;
    std::string_view kind;
    std::uint32_t vmid = 0;
};
std::optional<GuestConfig> guest_config(std::string_view path);

}  // namespace pmx::tree
