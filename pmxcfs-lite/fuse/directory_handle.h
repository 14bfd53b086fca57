// An open directory: its names as they were when reading began.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "fuse/node_id.h"

namespace pmx::fuse {

struct DirectoryEntry {
    std::string name;
    NodeIdValue id = 0;
    mode_t type = 0;
    friend bool operator==(const DirectoryEntry&, const DirectoryEntry&) = default;
};
using Listing = std::vector<DirectoryEntry>;

struct DirectoryHandle {
    std::mutex mutex;                        // a program may read one directory from two threads
    std::shared_ptr<const Listing> listing;  // none: reading has not begun
};

}  // namespace pmx::fuse
