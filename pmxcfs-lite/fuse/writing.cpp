// What collects edits in a handle: write, ftruncate, fallocate.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "fuse/caller.h"
#include "fuse/commits.h"
#include "fuse/operations.h"
#include "tree/limits.h"

namespace pmx::fuse {
namespace {

using namespace std::chrono_literals;

constexpr auto append_delay = 1s;
// What an entry holds beside the edits: the path, and the encoding of both.
constexpr std::size_t entry_overhead = 16U << 10;

// Who edits, from now on: read from /proc only when it may have changed.
void note_writer(OpenFiles::Lock& lock, fuse_req_t request, Handle& handle, std::uint64_t owner) {
    if (owner != 0 && owner == handle.write_owner && handle.actor.pid != 0) return;
    const fuse_ctx& caller = *fuse_req_ctx(request);
    lock.unlock();
    wire::Actor actor = actor_of(caller.uid, caller.pid);
    lock.lock();
    const bool same_process = actor.pid == handle.actor.pid;
    handle.of_several = handle.explicit_edits && (handle.of_several || !same_process);
    handle.actor = std::move(actor);
    if (owner != 0 || !same_process) handle.write_owner = owner;
}

// Whether a file of `size` bytes, made so by `more` bytes of edits, is within the limits.
Code check_room(Filesystem& fs, const Handle& handle, std::uint64_t size, std::size_t more) {
    if (size > tree::max_file_bytes) return Code::file_too_large;
    if (handle.edits.encoded_bytes() + more + entry_overhead > wire::max_op_bytes) {
        return Code::no_space;
    }
    const std::uint64_t before = handle.file->latest->size();
    const std::uint64_t growth = size > before ? size - before : 0;
    const std::uint64_t others = fs.files.unsaved_growth() - handle.growth;
    const tree::Totals totals = fs.store.read()->totals();
    return totals.bytes + others + growth > tree::max_total_bytes ? Code::no_space : Code::ok;
}

void edited(Filesystem& fs, Handle& handle) {
    handle.explicit_edits = true;
    handle.edited = time_of_edit(fs);
    handle.mtime.reset();
    handle.killed_by = 0;
    if (handle.file->state == OpenFile::State::removed) return;
    const std::uint64_t before = handle.file->latest->size();
    const std::uint64_t after = handle.edits.size_after(before);
    fs.files.set_growth(handle, after > before ? after - before : 0);
}

// A log that is appended to and never closed is saved all the same, a second after the first byte
// that is not: however steadily more come.
void save_soon(Filesystem& fs, const std::shared_ptr<Handle>& handle) {
    if (std::exchange(handle->append_timer, true)) return;
    fs.timer.after(append_delay, [weak = fs.weak_from_this(), handle] {
        const auto self = weak.lock();
        if (!self || self->stopped) return;
        auto lock = self->files.lock();
        handle->append_timer = false;
        if (!handle->explicit_edits || handle->killed_by != 0) return;
        commit_handle(*self, std::move(lock), *handle, {});
    });
}

Code add_write(Filesystem& fs, Handle& handle, std::string_view bytes, std::uint64_t offset,
               bool append) {
    const std::uint64_t now = handle.edits.size_after(handle.file->latest->size());
    const std::uint64_t size = append ? now + bytes.size() : std::max(now, offset + bytes.size());
    if (const Code code = check_room(fs, handle, size, bytes.size()); code != Code::ok) return code;
    if (append) {
        handle.edits.append(bytes);
    } else {
        handle.edits.write(offset, bytes);
    }
    edited(fs, handle);
    if (append) save_soon(fs, handle.shared_from_this());
    return Code::ok;
}

// SQLite marks a database as one with a write-ahead log before it finds that the log's shared
// memory cannot be mapped here, and cannot open it any more. Refusing the mark leaves it as it was.
// Who copies such a database holds no lock on it, and may.
bool marks_write_ahead_log(const Filesystem& fs, const Handle& handle, std::uint64_t owner,
                           std::string_view bytes, off_t offset) {
    using namespace std::string_view_literals;
    constexpr std::size_t write_version = 18;
    constexpr char with_log = 2;
    return offset == 0 && bytes.starts_with("SQLite format 3\0"sv) &&
           bytes.size() > write_version && bytes[write_version] == with_log &&
           fs.locks.holds_any(handle.file->node_id, FileLock::Kind::range, owner);
}

bool may_be_the_end(const Handle& handle, off_t offset) {
    const OpenFile& file = *handle.file;
    std::size_t end = file.latest->size();
    if (file.told) end = std::min(end, file.told->size());
    return static_cast<std::uint64_t>(offset) >= end;
}

}  // namespace

void write(Filesystem& fs, fuse_req_t request, const char* bytes, std::size_t size, off_t offset,
           fuse_file_info* info) {
    Handle& handle = handle_of(*info);
    auto lock = fs.files.lock();
    if (marks_write_ahead_log(fs, handle, info->lock_owner, {bytes, size}, offset)) {
        lock.unlock();
        return reply_code(request, Code::not_supported);
    }
    note_writer(lock, request, handle, info->lock_owner);
    // The offset that comes with an append is a guess: two writers get the same. RWF_APPEND looks
    // like a write at what the kernel took for the end.
    bool append = (info->flags & O_APPEND) != 0;
    if (!append && may_be_the_end(handle, offset)) {
        lock.unlock();
        append = appends_by_flag(fuse_req_ctx(request)->pid);
        lock.lock();
    }
    const Code code =
        add_write(fs, handle, {bytes, size}, static_cast<std::uint64_t>(offset), append);
    if (code == Code::ok && (info->flags & O_DSYNC) != 0) {  // O_SYNC has that bit too
        return commit_handle(
            fs, std::move(lock), handle,
            answer_then(fs, request, [size](fuse_req_t held) { fuse_reply_write(held, size); }));
    }
    lock.unlock();
    if (code != Code::ok) return reply_code(request, code);
    fuse_reply_write(request, size);
}

Code truncate_handle(Filesystem& fs, fuse_req_t request, std::uint64_t size, Handle& handle) {
    auto lock = fs.files.lock();
    note_writer(lock, request, handle, 0);
    if (const Code code = check_room(fs, handle, size, 0); code != Code::ok) return code;
    handle.edits.truncate(size);
    edited(fs, handle);
    return Code::ok;
}

void fallocate(Filesystem& fs, fuse_req_t request, int mode, off_t offset, off_t length,
               fuse_file_info* info) {
    if (mode != 0) return reply_code(request, Code::not_supported);
    Handle& handle = handle_of(*info);
    const std::uint64_t end =
        static_cast<std::uint64_t>(offset) + static_cast<std::uint64_t>(length);
    std::uint64_t size = 0;
    {
        const auto lock = fs.files.lock();
        size = size_with_own_edits(handle);
    }
    reply_code(request, end > size ? truncate_handle(fs, request, end, handle) : Code::ok);
}

}  // namespace pmx::fuse
