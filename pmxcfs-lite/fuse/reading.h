// What a read through a handle shows. With the lock of OpenFiles held.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "fuse/open_files.h"

namespace pmx::fuse {

// Pins the version that the handle reads from now on, unless it has one.
tree::Content content_for_read(Handle& handle, off_t offset, bool through_page_cache);
// A read found the end: the next one takes the newest version.
void end_snapshot(Handle& handle);

std::string_view range_of(const std::string& content, off_t offset, std::size_t size);

}  // namespace pmx::fuse
