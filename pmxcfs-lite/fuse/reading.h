// What a read through a handle shows. With the lock of OpenFiles held.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "fuse/open_files.h"

namespace pmx::fuse {

// A read-only handle's is pinned: the version that it reads from now on, unless it has one.
tree::Content content_for_read(Handle& handle, off_t offset, bool through_page_cache);
// A read found the end, or a lock was taken: the next read takes the newest version.
void end_snapshot(Handle& handle);

std::string_view range_of(const std::string& content, off_t offset, std::size_t size);

}  // namespace pmx::fuse
