// Randomness from the kernel, for ids and boundaries. The core gets its random numbers handed in.
#pragma once

#include <cstdint>
#include <span>

#include "base/ids.h"

namespace pmx {

void fill_random(std::span<std::uint8_t> bytes);
Boot random_boot();
DiskId random_disk_id();
ClusterId random_cluster_id();

}  // namespace pmx
