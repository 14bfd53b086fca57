#include "control/cluster_view.h"

#include <nlohmann/json.hpp>

namespace pmx::control {

using nlohmann::json;

namespace {

json text_or_null(const std::string& text) {
    return text.empty() ? json(nullptr) : json(text);
}

json node_json(const Standing& node, LogIndex committed) {
    json object = {{"id", node.id.value},
                   {"name", text_or_null(node.name)},
                   {"address", text_or_null(node.address)},
                   {"this", node.self},
                   {"listed", node.listed},
                   {"online", node.online},
                   {"reachable", node.reachable},
                   {"voter", node.voter},
                   {"other_disk", node.other_disk},
                   {"leads", node.leads},
                   {"in_step", node.in_step},
                   {"durable", nullptr},
                   {"lag", nullptr},
                   {"refusal", text_or_null(node.refusal)},
                   {"left_ns", nullptr}};
    if (node.durable) {
        const std::uint64_t durable = node.durable->value;
        object["durable"] = durable;
        object["lag"] = committed.value > durable ? committed.value - durable : 0;
    }
    if (node.left) object["left_ns"] = to_ns(*node.left);
    return object;
}

}  // namespace

json nodes_json(const std::vector<Standing>& standings, LogIndex committed) {
    json nodes = json::array();
    for (const Standing& node : standings)
        nodes.push_back(node_json(node, committed));
    return nodes;
}

json quorum_json(const Quorum& quorum, bool quorate) {
    json missing = json::array();
    for (const Standing* node : quorum.missing)
        missing.push_back(node->id.value);
    return {{"quorate", quorate},
            {"voters", quorum.voters},
            {"here", quorum.here},
            {"needed", quorum.needed},
            {"missing", std::move(missing)}};
}

json quorum_device_json(const std::optional<ports::QuorumDevice>& device) {
    if (!device) return nullptr;
    return {{"model", device->model},
            {"algorithm", text_or_null(device->algorithm)},
            {"host", text_or_null(device->host)}};
}

json catching_up_json(const std::optional<replica::CatchingUp>& catching_up) {
    if (!catching_up) return nullptr;
    json object = {{"kind", catching_up->snapshot ? "snapshot" : "tail"},
                   {"from", catching_up->from.value},
                   {"done", catching_up->done},
                   {"total", nullptr}};
    if (catching_up->total > 0) object["total"] = catching_up->total;
    return object;
}

json scrub_json(const replica::Scrub& scrub) {
    if (scrub.index.value == 0) return nullptr;
    return {{"index", scrub.index.value},
            {"differing", ids_json(scrub.differing)},
            {"without_majority", scrub.without_majority}};
}

json ids_json(const std::vector<NodeId>& nodes) {
    json ids = json::array();
    for (const NodeId node : nodes)
        ids.push_back(node.value);
    return ids;
}

}  // namespace pmx::control
