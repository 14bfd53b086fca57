#include "control/request.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "control/protocol.h"
#include "tree/layout.h"
#include "tree/limits.h"
#include "tree/permissions.h"

namespace pmx::control {
namespace {

constexpr std::array requests{
    Request{"cluster_init", Access::administrator, handle_cluster_init},
    Request{"force_quorum", Access::administrator, handle_force_quorum},
    Request{"lock_list", Access::administrator, handle_lock_list},
    Request{"log", Access::reader, handle_log},
    Request{"log_message", Access::administrator, handle_log_message},
    Request{"problems", Access::reader, handle_problems},
    Request{"recover", Access::administrator, handle_recover},
    Request{"rejected", Access::reader, handle_rejected, Scope::own_node},
    Request{"rejected_apply", Access::administrator, handle_rejected_apply, Scope::own_node},
    Request{"rejected_forget", Access::administrator, handle_rejected_forget, Scope::own_node},
    Request{"stat", Access::reader, handle_stat},
    Request{"status", Access::reader, handle_status},
    Request{"sync", Access::reader, handle_sync},
    Request{"txn", Access::administrator, handle_txn},
};

bool begins_with_directory(std::string_view path, std::string_view directory) {
    return path.starts_with(directory) &&
           (path.size() == directory.size() || path[directory.size()] == '/');
}

// Where the mount's virtual links lead on this node.
std::string follow_link(const std::string& node_name, std::string path) {
    constexpr std::string_view local = "local";
    const std::string home = "nodes/" + node_name;
    if (begins_with_directory(path, local)) return path.replace(0, local.size(), home);
    for (const std::string_view link : {"qemu-server", "lxc", "openvz"}) {
        if (begins_with_directory(path, link)) return path.insert(0, home + "/");
    }
    return path;
}

}  // namespace

const Request* find_request(std::string_view name) {
    const auto* found =
        std::find_if(requests.begin(), requests.end(),
                     [name](const Request& request) { return request.name == name; });
    return found == requests.end() ? nullptr : found;
}

namespace {

// As tree_path, but for the virtual links.
Result<std::string> path_in_mount(const Context& context, std::string_view given) {
    std::string_view rest = given;
    if (rest.size() > max_path_bytes) return fail(Code::name_too_long, "the path is too long");
    if (rest.starts_with('/')) {
        if (!begins_with_directory(rest, context.mount)) {
            return fail(Code::invalid_argument,
                        std::string(given) + " is not below " + context.mount);
        }
        rest.remove_prefix(context.mount.size());
    }
    std::string path;
    while (!rest.empty()) {
        const std::string_view name = rest.substr(0, rest.find('/'));
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
        if (name.empty()) continue;
        if (const Code code = tree::check_name(name); code != Code::ok) {
            return fail(code, "no path in the store: " + std::string(given));
        }
        if (!path.empty()) path += '/';
        path += name;
    }
    return path;
}

}  // namespace

Result<std::string> tree_path(const Context& context, std::string_view given) {
    auto path = path_in_mount(context, given);
    if (!path) return path;
    return follow_link(context.store.node_name(), std::move(*path));
}

bool may_see(const Context& context, std::string_view path) {
    if (context.administrator) return true;
    return !tree::is_private(path) && !tree::is_closed(*context.store.read(), path);
}

Result<std::string> changeable_path(const Context& context, std::string_view given) {
    auto path = path_in_mount(context, given);
    if (!path) return path;
    const auto& names = tree::virtual_names;
    if (std::find(names.begin(), names.end(), *path) != names.end()) {
        return fail(Code::permission_denied, *path + " is virtual, and cannot be changed");
    }
    return follow_link(context.store.node_name(), std::move(*path));
}

}  // namespace pmx::control
