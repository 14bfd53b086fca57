// What a running corosync says about its cluster.
#pragma once

#include <cstddef>

namespace pmx::corosync {

// How many nodes the running corosync lists; 0 when none runs. A corosync.conf on the disk counts
// for nothing: Debian's package brings one.
std::size_t running_node_count();

}  // namespace pmx::corosync
