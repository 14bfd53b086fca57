// .members: this node, the cluster, and who is in it. Without a cluster only this node's name.
#include <nlohmann/json.hpp>

#include "fuse/virtual/sources.h"

namespace pmx::fuse {

std::string members_json(const Sources& sources) {
    const Members members = sources.files.members();
    nlohmann::ordered_json json;
    json["nodename"] = sources.store.node_name();
    json["version"] = members.version;
    if (members.cluster) {
        json["cluster"] = {{"name", members.cluster->name},
                           {"version", members.cluster->version},
                           {"nodes", members.cluster->nodes},
                           {"quorate", members.cluster->quorate ? 1 : 0}};
        auto& nodes = json["nodelist"] = nlohmann::ordered_json::object();
        for (const Members::Member& member : members.members) {
            auto& node =
                nodes[member.name] = {{"id", member.id.value}, {"online", member.online ? 1 : 0}};
            if (!member.ip.empty()) node["ip"] = member.ip;
        }
    }
    return json.dump(2) + "\n";
}

}  // namespace pmx::fuse
