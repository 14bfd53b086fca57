// Everything whole that a damaged database still holds, as a database of its own.
//
// The tree is, in this order of preference: the one of the last checkpoint, when every row of it is
// there; the log applied from its first entry, when that is whole and reaches as far; else every
// inode whose row is whole. A node alone then applies the entries behind it. What lost its parent
// is put below priv/recovered, where only root sees it: it may have been private where it was.
#pragma once

#include "sqlite/contents.h"
#include "sqlite/image.h"
#include "sqlite/open.h"

namespace pmx::sqlite {

// `contents` has problems. The image's recovery is the diagnosis, without set_aside. A member of a
// cluster with peers that may begin anew has none: it gets everything from them.
Image salvage(Contents contents, const OpenOptions& options, bool may_begin_anew);

}  // namespace pmx::sqlite
