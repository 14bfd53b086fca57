// What the virtual files are made from.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "ports/store.h"

namespace pmx::fuse {

struct Sources {
    const ports::Store& store;
    WallTime started;                              // of this mount
    std::atomic<std::uint64_t> guest_changes = 1;  // grows when a guest comes, goes or moves
};

// One of each file; the formats are those of the files that pmxcfs has.
std::string version_json(const Sources& sources);
std::string members_json(const Sources& sources);
std::string guest_list_json(const Sources& sources);
std::string cluster_log_json(const Sources& sources);
std::string debug_text();
Code write_debug(std::string_view bytes);

}  // namespace pmx::fuse
