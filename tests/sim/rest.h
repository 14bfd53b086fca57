// Progress: whether a cluster has come to rest in agreement, and if not, what is missing.
#pragma once

#include <optional>
#include <string>

#include "tests/sim/cluster.h"

namespace pmx::sim {

// Nothing when all nodes run in step in one view, agree on the log and on who votes, have answered
// every caller, and have nothing left to do.
std::optional<std::string> missing_for_rest(const Cluster& cluster);

// Each node in a line, for a person.
std::string describe(const Cluster& cluster);

}  // namespace pmx::sim
