// .clusterlog: the messages of all nodes, newest first.
#include <map>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "fuse/virtual/sources.h"

namespace pmx::fuse {

std::string cluster_log_json(const Sources& sources) {
    std::map<NodeId, std::string> names;
    for (const ports::NodeList::Node& node : sources.store.membership().list.nodes) {
        if (!node.name.empty()) names[node.id] = node.name;
    }
    names[sources.store.node()] = sources.store.node_name();

    nlohmann::ordered_json data = nlohmann::ordered_json::array();
    const ports::TreeView tree = sources.store.read();
    const auto& messages = tree->cluster_log().messages();
    for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
        const auto name = names.find(message->node);
        data.push_back(
            {{"uid", message->index.value},
             {"time", to_s(message->time)},
             {"pri", message->severity},
             {"tag", message->ident},
             {"pid", message->pid},
             {"node", name == names.end() ? std::to_string(message->node.value) : name->second},
             {"user", message->user},
             {"msg", message->text}});
    }
    const nlohmann::ordered_json json = {{"data", std::move(data)}};
    // A message is any bytes its sender chose, and administrators read this file with cat.
    const auto text = json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    return visible(text, Newlines::kept) + "\n";
}

}  // namespace pmx::fuse
