// The directory that the mount goes to.
#pragma once

#include <string>

#include "base/result.h"

namespace pmx::fuse {

// Makes the directory where it is missing and takes away a mount whose daemon is dead. An error
// when anything is in it.
Result<void> prepare_mountpoint(const std::string& path);

}  // namespace pmx::fuse
