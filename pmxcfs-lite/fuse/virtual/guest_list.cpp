// .vmlist: every guest of the cluster, and on which node its configuration lies.
#include <nlohmann/json.hpp>

#include "fuse/virtual/sources.h"
#include "tree/layout.h"

namespace pmx::fuse {
namespace {

// The directory is named after the program, the list says what the guest is.
std::string type_of(std::string_view kind) {
    return kind == "qemu-server" ? "qemu" : std::string(kind);
}

void add_guests(nlohmann::ordered_json& ids, const tree::Tree& tree, const tree::Node& directory) {
    const std::string below = tree.path_of(directory.inode) + "/";
    for (const auto& [name, inode] : directory.children) {
        const std::string path = below + name;
        const auto guest = tree::guest_config(path);
        if (!guest) continue;
        ids[std::to_string(guest->vmid)] = {{"node", guest->node},
                                            {"type", type_of(guest->kind)},
                                            {"version", tree.find(inode)->version.value}};
    }
}

}  // namespace

std::string guest_list_json(const Sources& sources) {
    nlohmann::ordered_json json;
    json["version"] = sources.guest_changes.load();
    auto& ids = json["ids"] = nlohmann::ordered_json::object();
    const ports::TreeView tree = sources.store.read();
    if (const tree::Node* nodes = tree->child(tree::root_inode, "nodes")) {
        for (const auto& [name, inode] : nodes->children) {
            for (const std::string_view kind : tree::guest_kinds) {
                const tree::Node* directory = tree->child(inode, kind);
                if (directory != nullptr) add_guests(ids, *tree, *directory);
            }
        }
    }
    return json.dump(2) + "\n";
}

}  // namespace pmx::fuse
