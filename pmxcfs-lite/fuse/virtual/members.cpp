// .members: this node, the cluster, and who is in it. Without a cluster only this node's name.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "fuse/virtual/sources.h"

namespace pmx::fuse {
namespace {

using nlohmann::ordered_json;

ordered_json cluster_of(const ports::Membership& membership) {
    return {{"name", membership.list.cluster_name},
            {"version", membership.list.config_version},
            {"nodes", membership.list.nodes.size()},
            {"quorate", membership.configuration.quorate ? 1 : 0}};
}

// Online is who serves this filesystem, not who merely runs corosync.
ordered_json nodes_of(const ports::Membership& membership) {
    const std::vector<NodeId>& present = membership.configuration.members;
    ordered_json nodes = ordered_json::object();
    for (const ports::NodeList::Node& listed : membership.list.nodes) {
        const bool online = std::binary_search(present.begin(), present.end(), listed.id);
        const std::string name =
            listed.name.empty() ? std::to_string(listed.id.value) : listed.name;
        ordered_json& node = nodes[name] = {{"id", listed.id.value}, {"online", online ? 1 : 0}};
        if (!listed.address.empty()) node["ip"] = listed.address;
    }
    return nodes;
}

}  // namespace

std::string members_json(const Sources& sources) {
    const ports::Membership membership = sources.store.membership();
    ordered_json json;
    json["nodename"] = sources.store.node_name();
    json["version"] = membership.version;
    if (!membership.list.cluster_name.empty()) {
        json["cluster"] = cluster_of(membership);
        json["nodelist"] = nodes_of(membership);
    }
    // Names are what corosync.conf says, whatever bytes that has.
    return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace pmx::fuse
