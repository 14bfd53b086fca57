// read(2): snapshots, and what goes through the page cache.
#include <algorithm>

#include "fuse/operations.h"
#include "fuse/reading.h"

namespace pmx::fuse {

tree::Content content_for_read(Handle& handle, off_t offset, bool through_page_cache) {
    // Who may write may act on what it reads: it must be newest.
    if (handle.writable && !through_page_cache) {
        return with_own_edits(handle, handle.file->latest);
    }
    // The kernel cuts its pages to the size that it knows: what fills them must have that size.
    if (through_page_cache) return handle.file->told ? handle.file->told : handle.file->latest;
    const bool starts_over = offset == 0 && handle.snapshot_was_read;
    if (!handle.snapshot || starts_over) handle.snapshot = handle.file->latest;
    handle.snapshot_was_read = true;
    return with_own_edits(handle, handle.snapshot);
}

void end_snapshot(Handle& handle) {
    handle.snapshot = nullptr;
    handle.snapshot_was_read = false;
}

std::string_view range_of(const std::string& content, off_t offset, std::size_t size) {
    const auto begin = static_cast<std::size_t>(offset);
    return begin >= content.size() ? std::string_view()
                                   : std::string_view(content).substr(begin, size);
}

void read(Filesystem& fs, fuse_req_t request, fuse_ino_t id, std::size_t size, off_t offset,
          fuse_file_info* info) {
    if (is_virtual(id)) return read_virtual(fs, request, size, offset, info);
    // sendfile, splice and mmap have no owner: they fill the page cache, which all share.
    const bool through_page_cache = info->lock_owner == 0;
    Handle& handle = handle_of(*info);
    const auto answer = [&fs, &handle, size, offset, through_page_cache](fuse_req_t asked) {
        tree::Content content;
        std::string_view bytes;
        {
            const auto lock = fs.files.lock();
            content = content_for_read(handle, offset, through_page_cache);
            if (through_page_cache) fs.files.keeps_pages(handle.file->node_id);
            bytes = range_of(*content, offset, size);
            if (bytes.empty() && !through_page_cache) end_snapshot(handle);
        }
        fuse_reply_buf(asked, bytes.data(), bytes.size());
    };
    {
        auto lock = fs.files.lock();
        const bool takes_newest = through_page_cache || !handle.snapshot || offset == 0;
        if (takes_newest && wait_for_released_edits(fs, lock, handle.file.get(), request, answer)) {
            return;
        }
    }
    answer(request);
}

}  // namespace pmx::fuse
