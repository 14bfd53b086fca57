// What the places of the tree mean: who may see them, which are locks, which hold guests.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ids.h"
#include "tree/tree.h"

namespace pmx::tree {

// priv, nodes/*/priv and all below: root's alone, in the mount and in every answer about it.
bool is_private(std::string_view path);
bool is_private(const Tree& tree, Inode inode);  // true for what is not there

// `nodes`, `priv` and `priv/lock`, and the root: the store relies on them, so these directories can
// be neither removed, renamed nor replaced. All else may go: removing nodes/<node> is how a node
// that left the cluster is tidied away.
bool is_structural(std::string_view path);

// A directory right below priv/lock. It stays empty and where it was made: nothing is created in
// it, and no directory is renamed into, out of or within priv/lock, so that mkdir remains the only
// way to take a lock.
bool is_lock(const Tree& tree, const Node& node);
inline constexpr std::string_view lock_directory = "priv/lock";

inline constexpr std::array<std::string_view, 3> guest_kinds{"qemu-server", "lxc", "openvz"};

// What the mount shows beside the tree: nothing of such a name belongs into the root.
inline constexpr std::array<std::string_view, 10> virtual_names{
    ".version", ".members", ".vmlist",     ".clusterlog", ".problems",
    ".debug",   "local",    "qemu-server", "lxc",         "openvz"};

// The guest whose configuration the path is: nodes/<node>/{qemu-server,lxc,openvz}/<vmid>.conf,
// the VMID being 1 to 999999999 without leading zeros.
struct GuestConfig {
    std::string_view node;
    std::string_view kind;
    std::uint32_t vmid = 0;
};
std::optional<GuestConfig> guest_config(std::string_view path);

}  // namespace pmx::tree
