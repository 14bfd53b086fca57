// The one table from the project's codes to errno.
#pragma once

#include "base/error.h"

namespace pmx::fuse {

// 0 for Code::ok.
int errno_of(Code code) noexcept;

}  // namespace pmx::fuse
