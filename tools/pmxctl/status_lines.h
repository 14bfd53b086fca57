// What `pmxctl status` prints: a label and its text a line, and a table of the nodes.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace pmx::pmxctl {

// Long texts go on below, wrapped.
void status_line(std::string_view label, const std::string& text);

// Of a cluster's status: quorum, what catches up, what differs, what lost out.
void print_cluster(const nlohmann::json& status);
void print_nodes(const nlohmann::json& status);

// A node's name as the status tells it, or "node 7".
std::string node_title(const nlohmann::json& status, std::uint64_t id);

}  // namespace pmx::pmxctl
