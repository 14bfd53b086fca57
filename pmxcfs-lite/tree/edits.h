// A file's content after a list of edits.
#pragma once

#include <span>

#include "base/result.h"
#include "tree/op.h"
#include "tree/tree.h"

namespace pmx::tree {

// Whether the edits touch the file at all: writing no bytes does not.
bool has_effect(std::span<const Edit> edits);

// Gaps read as zeros. file_too_large as soon as an edit reaches beyond max_file_bytes. Time and
// memory follow the number of edits and the sizes before and after, whatever the edits say.
Result<Content> apply_edits(const Content& before, std::span<const Edit> edits);

}  // namespace pmx::tree
