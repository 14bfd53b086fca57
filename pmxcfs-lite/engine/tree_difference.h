// What changed between two states of the tree, where no entries tell: after a snapshot.
#pragma once

#include <vector>

#include "base/ids.h"
#include "tree/change.h"
#include "tree/tree.h"

namespace pmx::engine {

// What is gone comes first. Inodes made by entries after `common` are not the same in both,
// whatever their number: from there on the two logs differ.
std::vector<tree::Change> difference(const tree::Tree& before, const tree::Tree& after,
                                     LogIndex common);

}  // namespace pmx::engine
