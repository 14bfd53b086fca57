// What the cluster's corosync.conf is to this node, by what both files say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "schema/problem.h"

namespace pmx::daemon {

enum class ConfStep : std::uint8_t {
    nothing_new,
    install,  // `text` is to take the place of this node's
    removed   // newer, and without this node
};
struct ConfPlan {
    ConfStep step = ConfStep::nothing_new;
    std::string text;                       // with the node's own keys, for corosync to read
    std::vector<schema::Problem> left_out;  // keys in the mount that are a node's own
};

struct ThisNode {
    std::string name;
    NodeId id;
    std::string conf_path;                 // where corosync reads
    std::optional<std::string> conf_text;  // none: there is no file
};

// Fails when the file is not right or not of this cluster, or when it differs although its
// config_version has not grown. What a node has of its own is not compared.
Result<ConfPlan> plan_conf(std::string_view mounted, const ThisNode& node);

}  // namespace pmx::daemon
