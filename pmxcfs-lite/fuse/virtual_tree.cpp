#include "fuse/virtual_tree.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "tree/layout.h"

namespace pmx::fuse {

VirtualTree::VirtualTree(const ports::Store& store, WallTime started)
    : sources_{.store = store, .started = started}, problems_(store) {
    using Content = std::function<std::string()>;
    const auto file = [this](const char* name, Content content) {
        nodes_.push_back({name, false, std::move(content), {}});
    };
    const auto link = [this](const char* name, const std::string& below) {
        const std::string target = "nodes/" + sources_.store.node_name() + below;
        nodes_.push_back({name, true, [target] { return std::string(target); }, {}});
    };
    file(".version", [this] { return version_json(sources_); });
    file(".members", [this] { return members_json(sources_); });
    file(".vmlist", [this] { return guest_list_json(sources_); });
    file(".clusterlog", [this] { return cluster_log_json(sources_); });
    file(".problems", [this] { return problems_.text(); });
    nodes_.push_back({".debug", false, debug_text, write_debug});
    link("local", "");
    for (const std::string_view kind : tree::guest_kinds)
        link(kind.data(), "/" + std::string(kind));
    const auto& names = tree::virtual_names;
    PMX_CHECK(std::all_of(nodes_.begin(), nodes_.end(),
                          [&names](const VirtualNode& node) {
                              return std::find(names.begin(), names.end(), node.name) !=
                                     names.end();
                          }),
              "a virtual name that the tree does not know of");
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

void VirtualTree::committed(const ports::Committed& committed) {
    for (const tree::Change& change : committed.changes) {
        const bool moves = change.kind == tree::ChangeKind::created ||
                           change.kind == tree::ChangeKind::removed ||
                           change.kind == tree::ChangeKind::renamed;
        const bool guest = tree::guest_config(change.path) || tree::guest_config(change.old_path);
        // A directory that is renamed takes its guests along.
        const bool guests =
            change.node == tree::NodeKind::directory && change.kind == tree::ChangeKind::renamed;
        if (guests || (moves && guest)) ++sources_.guest_changes;
    }
    problems_.committed(committed);
}

}  // namespace pmx::fuse
