#include "tree/layout.h"

#include <algorithm>
#include <charconv>

namespace pmx::tree {

namespace {

// Cuts the first name off.
std::string_view take_name(std::string_view& path) {
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    return name;
}

}  // namespace

bool is_private(std::string_view path) {
    const std::string_view top = take_name(path);
    if (top == "priv") return true;
    if (top != "nodes") return false;
    take_name(path);
    return take_name(path) == "priv";
}

bool is_private(const Tree& tree, Inode inode) {
    return tree.find(inode) == nullptr || is_private(tree.path_of(inode));
}

bool is_structural(std::string_view path) {
    return path.empty() || path == "nodes" || path == "priv" || path == lock_directory;
}

bool is_lock(const Tree& tree, const Node& node) {
    return node.kind == NodeKind::directory && node.inode != root_inode &&
           tree.path_of(node.parent) == lock_directory;
}

std::optional<GuestConfig> guest_config(std::string_view path) {
    if (take_name(path) != "nodes") return std::nullopt;
    GuestConfig config;
    config.node = take_name(path);
    config.kind = take_name(path);
    if (std::find(guest_kinds.begin(), guest_kinds.end(), config.kind) == guest_kinds.end()) {
        return std::nullopt;
    }
    constexpr std::string_view suffix = ".conf";
    constexpr std::size_t max_digits = 9;
    if (!path.ends_with(suffix)) return std::nullopt;
    path.remove_suffix(suffix.size());
    if (path.empty() || path.size() > max_digits || path.front() == '0') return std::nullopt;
    const auto [end, error] = std::from_chars(path.data(), path.data() + path.size(), config.vmid);
    if (error != std::errc() || end != path.data() + path.size()) return std::nullopt;
    return config;
}

}  // namespace pmx::tree
