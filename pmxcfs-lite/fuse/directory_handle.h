// An open directory: its names as they were when reading began.
#pragma once

#include <sys/stat.h>

#include <mutex>
#include <string>
#include <vector>

#include "fuse/node_id.h"

namespace pmx::fuse {

struct DirectoryEntry {
    std::string name;
    NodeIdValue id = 0;
    mode_t type = 0;
};

struct DirectoryHandle {
    std::mutex mutex;  // a program may read one directory from two threads
    bool listed = false;
    std::vector<DirectoryEntry> entries;
};

}  // namespace pmx::fuse
