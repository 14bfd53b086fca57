// A tree out of whatever nodes are left of one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/ids.h"
#include "tree/tree.h"

namespace pmx::sqlite {

// Where nodes go that have lost their parent, with all below them. Root's alone, because they may
// have been private where they were.
inline constexpr std::string_view lost_and_found = "priv/recovered";

// `index` is the entry the nodes stand at; directories that have to be made are numbered as its
// last nodes. What was moved, and what could not be kept, is told in `lost`.
tree::Tree arrange(std::map<Inode, tree::Node> nodes, LogIndex index,
                   const tree::ClusterLog& cluster_log, std::vector<std::string>& lost);

}  // namespace pmx::sqlite
