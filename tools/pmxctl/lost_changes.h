// The changes that lost out, of all nodes together: every node keeps those that it had itself.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "tools/pmxctl/command.h"

namespace pmx::pmxctl {

struct LostChanges {
    std::uint64_t own_node = 0;
    // As a node's `rejected` gives them, with "listed_on": the ids of the nodes that list it.
    nlohmann::json conflicts = nlohmann::json::array();
    std::vector<std::uint64_t> asked;  // this node first
    // {"node", "node_name", "reason"} of those who may list more.
    nlohmann::json missing = nlohmann::json::array();
};

// Root only hears of other nodes; anybody else has them under `missing`.
Result<LostChanges> gather_lost_changes(const Invocation& invocation);

struct LostChange {
    std::string id;  // all of it
    std::vector<std::uint64_t> nodes;
};
// The one whose id begins with `id`, and who lists it.
Result<LostChange> find_lost_change(const LostChanges& lost, const std::string& id);

// A request to one of `lost.asked`.
Result<nlohmann::json> ask_node(const Invocation& invocation, const LostChanges& lost,
                                std::uint64_t node, std::string_view request,
                                nlohmann::json arguments);

}  // namespace pmx::pmxctl
