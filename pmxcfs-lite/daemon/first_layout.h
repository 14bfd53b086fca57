// The directories that every store has, and this node's own (STORE.md, Layout).
#pragma once

#include <optional>
#include <string>

#include "tree/op.h"
#include "tree/tree.h"

namespace pmx::daemon {

// One transaction that makes what is missing, or nothing when all is there.
std::optional<tree::Op> missing_layout(const tree::Tree& tree, const std::string& node_name);

}  // namespace pmx::daemon
