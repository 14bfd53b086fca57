// stat, truncate, utimes, statfs; chmod and chown are in permissions.cpp.
#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "fuse/caller.h"
#include "fuse/commits.h"
#include "fuse/operations.h"
#include "tree/layout.h"
#include "tree/limits.h"

namespace pmx::fuse {
namespace {

struct Asked {
    struct stat attributes {};
    int which = 0;
    [[nodiscard]] bool has(int bit) const { return (which & bit) != 0; }
};

std::optional<WallTime> time_asked(const Filesystem& fs, const Asked& asked) {
    if (asked.has(FUSE_SET_ATTR_MTIME_NOW)) return fs.clock.wall();
    if (!asked.has(FUSE_SET_ATTR_MTIME)) return std::nullopt;
    constexpr std::int64_t ns_per_s = 1'000'000'000;
    constexpr std::int64_t limit = std::numeric_limits<std::int64_t>::max() / ns_per_s - 1;
    const timespec& time = asked.attributes.st_mtim;
    const std::int64_t seconds = std::clamp<std::int64_t>(time.tv_sec, -limit, limit);
    return wall_from_ns(seconds * ns_per_s + time.tv_nsec);
}

bool is_edited(Filesystem& fs, fuse_ino_t id) {
    const auto lock = fs.files.lock();
    const auto file = fs.files.find(id);
    return file && has_unsaved_handle(*file);
}

// What SETATTR gets, whose size the kernel takes for everybody's.
void reply_attributes(Filesystem& fs, fuse_req_t request, fuse_ino_t id) {
    const auto attributes = attributes_to_tell(fs, id);
    if (!attributes) return reply_code(request, Code::not_found);
    fuse_reply_attr(request, &*attributes, cache_seconds);
}

// What stat gets: of the caller's unsaved edits when it has some. Only the caller may take that
// size for the file's: an inode invalidated while the request is held makes the kernel pass the
// answer on without keeping it.
void reply_status(Filesystem& fs, fuse_req_t request, fuse_ino_t id) {
    const pid_t thread = fuse_req_ctx(request)->pid;
    const pid_t process = is_edited(fs, id) ? process_of(thread) : 0;
    std::optional<struct stat> unsaved;
    if (process != 0) {
        const auto lock = fs.files.lock();
        const auto file = fs.files.find(id);
        const Handle* own = file ? unsaved_handle_of(*file, process) : nullptr;
        if (own != nullptr) unsaved = attributes_through(fs, *own);
    }
    if (!unsaved) return reply_attributes(fs, request, id);
    fuse_lowlevel_notify_inval_inode(fs.session, id, -1, 0);
    fuse_reply_attr(request, &*unsaved, cache_seconds);
}

// On the way to the events' truncation, the kernel asks for the mode. The size that comes with it
// would take the place of the unsaved one that a program is about to look for the end with.
void reply_status_to_helper(Filesystem& fs, fuse_req_t request, fuse_ino_t id) {
    if (!is_edited(fs, id)) return reply_attributes(fs, request, id);
    const auto attributes = attributes_of(fs, id, fuse_req_ctx(request)->pid);
    if (!attributes) return reply_code(request, Code::not_found);
    fuse_lowlevel_notify_inval_inode(fs.session, id, -1, 0);
    fuse_reply_attr(request, &*attributes, cache_seconds);
}

std::function<void(fuse_req_t)> then_reply_attributes(Filesystem& fs, fuse_ino_t id) {
    return [&fs, id](fuse_req_t held) { reply_attributes(fs, held, id); };
}

PermissionWish permissions_asked(const Asked& asked) {
    PermissionWish wish;
    if (asked.has(FUSE_SET_ATTR_UID)) wish.owner = asked.attributes.st_uid;
    if (asked.has(FUSE_SET_ATTR_GID)) wish.group = asked.attributes.st_gid;
    if (asked.has(FUSE_SET_ATTR_MODE)) wish.mode = asked.attributes.st_mode;
    return wish;
}

// truncate(path): an entry of its own, in line with those of the file's handles.
void truncate_file(Filesystem& fs, fuse_req_t request, fuse_ino_t id, std::uint64_t size,
                   std::optional<WallTime> mtime) {
    if (size > tree::max_file_bytes) return reply_code(request, Code::file_too_large);
    if (const Code code = fs.store.writable(); code != Code::ok) return reply_code(request, code);
    const fuse_ctx& caller = *fuse_req_ctx(request);
    Commit commit;
    commit.actor = actor_of(caller.uid, caller.pid);
    commit.edits.push_back({tree::Edit::Kind::truncate, size, {}});
    commit.mtime = mtime;
    auto lock = fs.files.lock();
    int error = 0;
    const std::shared_ptr<OpenFile> file = known_file(fs, id, error);
    if (!file) {
        lock.unlock();
        return void(fuse_reply_err(request, error));
    }
    commit.waiters.push_back(answer_then(fs, request, then_reply_attributes(fs, id)));
    commit_file(fs, std::move(lock), file, std::move(commit));
}

void truncate_opened(Filesystem& fs, fuse_req_t request, Handle& handle) {
    if (const Code code = fs.store.writable(); code != Code::ok) return reply_code(request, code);
    const fuse_ctx& caller = *fuse_req_ctx(request);
    const wire::Actor actor = actor_of(caller.uid, caller.pid);
    const NodeIdValue id = handle.file->node_id;
    {
        const auto lock = fs.files.lock();
        truncate_at_open(fs, handle, actor);
    }
    reply_attributes(fs, request, id);
}

// The handle whose save the times belong to: the caller's, with edits not sent yet.
Handle* unsaved_handle(const OpenFile& file, pid_t process) {
    for (auto at = file.handles.rbegin(); at != file.handles.rend(); ++at) {
        if (!(*at)->edits.empty() && (*at)->actor.pid == process) return at->get();
    }
    return nullptr;
}

void set_time_of_file(Filesystem& fs, fuse_req_t request, const std::shared_ptr<OpenFile>& file,
                      OpenFiles::Lock lock, const wire::Actor& actor, WallTime mtime) {
    if (Handle* handle = unsaved_handle(*file, actor.pid)) {
        handle->mtime = mtime;
    } else if (file->state == OpenFile::State::removed) {
        file->mtime = mtime;
    } else {
        // `touch new`: the file comes to be with these times.
        Commit commit;
        commit.actor = actor;
        commit.mtime = mtime;
        commit.waiters.push_back(
            answer_then(fs, request, then_reply_attributes(fs, file->node_id)));
        return commit_file(fs, std::move(lock), file, std::move(commit));
    }
    lock.unlock();
    reply_attributes(fs, request, file->node_id);
}

void set_time_of_entry(Filesystem& fs, fuse_req_t request, fuse_ino_t id, WallTime mtime) {
    const fuse_ctx& caller = *fuse_req_ctx(request);
    const wire::Actor actor = actor_of(caller.uid, caller.pid);
    {
        auto lock = fs.files.lock();
        const auto file = fs.files.find(id);
        const bool by_file = file && (file->state != OpenFile::State::committed ||
                                      unsaved_handle(*file, actor.pid) != nullptr);
        if (by_file) return set_time_of_file(fs, request, file, std::move(lock), actor, mtime);
    }
    std::optional<Inode> inode;
    {
        auto lock = fs.files.lock();
        with_node(fs, id, [&](const tree::Node& node, bool, const GoneNode* gone) {
            if (gone != nullptr) {
                fs.files.set_time_of_gone(id, mtime);
            } else {
                inode = node.inode;
            }
        });
    }
    if (!inode) return reply_attributes(fs, request, id);
    submit_held(fs, request, tree::SetTimes{{*inode, {}}, mtime},
                [&fs, id](fuse_req_t held, const ports::SubmitResult& result) {
                    if (result.result != Code::ok) return reply_code(held, result.result);
                    reply_attributes(fs, held, id);
                });
}

}  // namespace

void get_attributes(Filesystem& fs, fuse_req_t request, fuse_ino_t id, fuse_file_info* info) {
    if (is_virtual(id)) return reply_attributes(fs, request, id);
    const pid_t thread = fuse_req_ctx(request)->pid;
    if (fs.events.is_helper(thread)) return reply_status_to_helper(fs, request, id);
    auto lock = fs.files.lock();
    if (fs.files.is_just_made_by(id, thread)) {
        lock.unlock();
        const bool looks = looks_at_attributes(thread);
        lock.lock();
        // It acts on what it sees from now on.
        if (looks) fs.files.take_made_with(id, thread);
    }
    if (info != nullptr) {
        // lseek from the end: the kernel computes with the size that it keeps.
        const Handle& handle = handle_of(*info);
        const auto attributes = attributes_through(fs, handle);
        handle.file->told = is_dirty(handle) ? nullptr : handle.file->latest;
        lock.unlock();
        return void(fuse_reply_attr(request, &attributes, cache_seconds));
    }
    const auto file = fs.files.find(id);
    const auto answer = [&fs, id](fuse_req_t held) { reply_status(fs, held, id); };
    if (wait_for_released_edits(fs, lock, file.get(), request, answer)) return;
    lock.unlock();
    reply_status(fs, request, id);
}

void set_attributes(Filesystem& fs, fuse_req_t request, fuse_ino_t id,
                    const struct stat& attributes, int which, fuse_file_info* info) {
    // It changes nothing: the call itself is what is wanted.
    if (fs.events.is_helper(fuse_req_ctx(request)->pid)) {
        const bool is_put_off = fs.events.can_wait() && is_edited(fs, id);
        return is_put_off ? void(fuse_reply_err(request, EAGAIN))
                          : reply_attributes(fs, request, id);
    }
    const Asked asked{attributes, which};
    const auto current = attributes_of(fs, id, fuse_req_ctx(request)->pid);
    if (!current) return reply_code(request, Code::not_found);
    const bool permissions =
        (which & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) != 0;
    // The kernel asks for them alone: chmod and chown are calls of their own.
    if (permissions) {
        return set_permissions(fs, request, id, *current, permissions_asked(asked),
                               then_reply_attributes(fs, id));
    }
    const auto mtime = time_asked(fs, asked);
    const bool sizes = asked.has(FUSE_SET_ATTR_SIZE);
    if (is_virtual(id)) {
        const VirtualNode* node = fs.virtual_tree.node(id);
        if (mtime && node->is_link) {
            fs.link_marks.set_time(id, *mtime);
            return reply_attributes(fs, request, id);
        }
        const bool writable = node->write != nullptr;
        if (mtime || (sizes && !writable)) return reply_code(request, Code::permission_denied);
        return reply_attributes(fs, request, id);
    }
    const auto size = static_cast<std::uint64_t>(asked.attributes.st_size);
    if (sizes && info == nullptr && size == 0 && !mtime) {
        if (Handle* opened = just_opened(fs, request, id)) {
            return truncate_opened(fs, request, *opened);
        }
    }
    if (sizes && info == nullptr) return truncate_file(fs, request, id, size, mtime);
    if (sizes) {
        const Code truncated = truncate_handle(fs, request, size, handle_of(*info));
        if (truncated != Code::ok) return reply_code(request, truncated);
    }
    if (mtime) return set_time_of_entry(fs, request, id, *mtime);
    reply_attributes(fs, request, id);
}

void file_system_statistics(Filesystem& fs, fuse_req_t request) {
    constexpr std::uint64_t block = 4096;
    const tree::Totals totals = fs.store.read()->totals();
    struct statvfs statistics {};
    statistics.f_bsize = block;
    statistics.f_frsize = block;
    statistics.f_blocks = tree::max_total_bytes / block;
    statistics.f_bfree = (tree::max_total_bytes - totals.bytes) / block;
    statistics.f_bavail = statistics.f_bfree;
    statistics.f_files = tree::max_inodes;
    statistics.f_ffree = tree::max_inodes - totals.inodes;
    statistics.f_favail = statistics.f_ffree;
    statistics.f_namemax = tree::max_name_bytes;
    fuse_reply_statfs(request, &statistics);
}

}  // namespace pmx::fuse
