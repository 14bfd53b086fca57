#include "fuse/virtual_tree.h"

#include <utility>

namespace pmx::fuse {

VirtualTree::VirtualTree(ports::Store& store, VirtualFiles files) {
    (void)files;
    const auto link = [&](const char* name, const std::string& below) {
        const std::string target = "nodes/" + store.node_name() + below;
        nodes_.push_back(
            {.name = name, .is_link = true, .content = [target] { return target; }, .write = {}});
    };
    link("local", "");
    link("qemu-server", "/qemu-server");
    link("lxc", "/lxc");
    link("openvz", "/openvz");
}

std::optional<NodeIdValue> VirtualTree::find(std::string_view name) const {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (nodes_[i].name == name) return id_at(i);
    }
    return std::nullopt;
}

const VirtualNode* VirtualTree::node(NodeIdValue id) const {
    const std::uint64_t position = id - first_virtual;
    return position < nodes_.size() ? &nodes_[position] : nullptr;
}

}  // namespace pmx::fuse
