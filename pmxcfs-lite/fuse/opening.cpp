// Opening, creating and letting go of files.
#include <fcntl.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <string>
#include <utility>

#include "base/log.h"
#include "fuse/caller.h"
#include "fuse/commits.h"
#include "fuse/operations.h"
#include "tree/layout.h"
#include "tree/limits.h"

namespace pmx::fuse {
namespace {

bool wants_to_write(const fuse_file_info& info) {
    return (info.flags & O_ACCMODE) != O_RDONLY;
}

// With the lock held. The kernel's number of the handle is its address: the file keeps it alive
// until RELEASE, after which the kernel never names it again.
Handle& add_handle(const std::shared_ptr<OpenFile>& file, fuse_file_info& info) {
    auto handle = std::make_shared<Handle>();
    handle->file = file;
    handle->writable = wants_to_write(info);
    if (!handle->writable) handle->snapshot = file->latest;
    info.fh = std::bit_cast<std::uint64_t>(handle.get());
    info.direct_io = 1;
    file->handles.push_back(handle);
    return *handle;
}

void report_killed(const Handle& handle) {
    const OpenFile& file = *handle.file;
    log::warning("a program was killed before it saved, and what it had not saved is dropped: " +
                 name_for_log(file) + ", program " + handle.actor.program + ", pid " +
                 std::to_string(handle.actor.pid) + ", signal " + std::to_string(handle.killed_by));
}

void take_handle_away(Filesystem& fs, OpenFiles::Lock lock, Handle& handle) {
    const std::shared_ptr<Handle> kept = handle.shared_from_this();
    const std::shared_ptr<OpenFile> file = handle.file;
    fs.files.released(handle);
    auto& handles = file->handles;
    handles.erase(std::find(handles.begin(), handles.end(), kept));
    if (handle.killed_by != 0) report_killed(handle);
    // Of a removed file only another handle can still see them.
    const bool seen = file->state != OpenFile::State::removed || !handles.empty();
    if (seen && !handle.edits.empty() && handle.killed_by == 0) {
        return commit_handle(fs, std::move(lock), handle, {});
    }
    handle.edits.clear();
    fs.files.set_growth(handle, 0);
    if (file->state == OpenFile::State::pending && handles.empty() && file->commits.empty()) {
        if (file->creation_failed || handle.killed_by != 0) {
            fs.files.became_removed(*file);
        } else {
            Commit creation;
            creation.actor = handle.actor;
            creation.handle = kept;
            return commit_file(fs, std::move(lock), file, std::move(creation));
        }
    }
    fs.files.drop_if_unused(file);
}

void reply_created(Filesystem& fs, fuse_req_t request, OpenFiles::Lock lock, Handle& handle,
                   const fuse_file_info& info, std::optional<mode_t> made_with) {
    const NodeIdValue id = handle.file->node_id;
    const fuse_entry_param entry = entry_of(id, committed_attributes(fs, *handle.file));
    fs.files.looked_up(id);
    if (made_with) fs.files.made(id, fuse_req_ctx(request)->pid, *made_with);
    with_node(fs, id, [&](const tree::Node& node, bool is_private, const GoneNode* gone) {
        if (gone == nullptr) fs.files.seen(id, node, is_private);
    });
    lock.unlock();
    if (fuse_reply_create(request, &entry, &info) == 0) return;
    take_handle_away(fs, fs.files.lock(), handle);
    lock.lock();
    fs.files.forgotten(id, 1);
}

void create_exclusively(Filesystem& fs, fuse_req_t request, fuse_ino_t parent,
                        const std::string& name, mode_t mode, fuse_file_info info) {
    submit_held(fs, request, tree::CreateFile{{directory_inode(parent), name}},
                [&fs, mode, info](fuse_req_t held, const ports::SubmitResult& result) {
                    if (result.result != Code::ok) return reply_code(held, result.result);
                    auto lock = fs.files.lock();
                    std::shared_ptr<OpenFile> file;
                    {
                        const ports::TreeView tree = fs.store.read();
                        const tree::Node* node = tree->find(result.inode);
                        if (node != nullptr) file = fs.files.open_committed(*node);
                    }
                    if (!file) {  // removed again already
                        lock.unlock();
                        return reply_code(held, Code::not_found);
                    }
                    fuse_file_info opened = info;
                    Handle& handle = add_handle(file, opened);
                    reply_created(fs, held, std::move(lock), handle, opened, mode);
                });
}

// What would be wrong with the file once it is committed, as far as it shows now.
Code check_creation(Filesystem& fs, const ports::TreeView& tree, Inode parent,
                    const std::string& name) {
    if (const Code code = tree::check_name(name); code != Code::ok) return code;
    if (tree->totals().inodes + fs.files.pending_count() >= tree::max_inodes) {
        return Code::no_space;
    }
    return tree->check(
        tree::WriteFile{.at = {parent, name}, .create = true, .edits = {}, .mtime = {}},
        {.index = {}, .time = fs.clock.wall(), .node = fs.store.node()});
}

// The pending file, the one that is there already, or a new one.
Result<std::shared_ptr<OpenFile>> find_or_add(Filesystem& fs, Inode parent, const std::string& name,
                                              bool& is_new) {
    if (auto file = fs.files.find_pending(parent, name)) return file;
    const ports::TreeView tree = fs.store.read();
    if (const tree::Node* node = tree->child(parent, name)) {
        if (node->kind == tree::NodeKind::directory) return fail(Code::is_a_directory);
        return fs.files.open_committed(*node);
    }
    if (const Code code = check_creation(fs, tree, parent, name); code != Code::ok) {
        return fail(code);
    }
    is_new = true;
    const std::string below = tree->path_of(parent);
    auto file = fs.files.add_pending(parent, name, fs.clock.wall());
    file->is_private = tree::is_private(below.empty() ? name : below + "/" + name);
    return file;
}

}  // namespace

Handle& handle_of(const fuse_file_info& info) {
    return *std::bit_cast<Handle*>(info.fh);
}

void truncate_at_open(Filesystem& fs, Handle& handle, const wire::Actor& actor) {
    handle.edits.truncate(0);
    handle.snapshot = nullptr;
    handle.edited = time_of_edit(fs);
    handle.actor = actor;
}

Handle* just_opened(Filesystem& fs, fuse_req_t request, fuse_ino_t id) {
    const auto lock = fs.files.lock();
    return fs.files.take_opened_by(fuse_req_ctx(request)->pid, id);
}

void create(Filesystem& fs, fuse_req_t request, fuse_ino_t parent, const std::string& name,
            mode_t mode, fuse_file_info info) {
    const Inode directory = directory_inode(parent);
    if (const Code code = fs.store.writable(); code != Code::ok) return reply_code(request, code);
    if (directory == tree::root_inode && fs.virtual_tree.find(name)) {
        return reply_code(request, Code::already_exists);
    }
    if ((info.flags & O_EXCL) != 0) {
        {
            const auto lock = fs.files.lock();
            if (fs.files.find_pending(directory, name)) {
                return reply_code(request, Code::already_exists);
            }
        }
        return create_exclusively(fs, request, parent, name, mode, info);
    }
    const fuse_ctx& caller = *fuse_req_ctx(request);
    const wire::Actor actor = actor_of(caller.uid, caller.pid);
    auto lock = fs.files.lock();
    bool is_new = false;
    const auto file = find_or_add(fs, directory, name, is_new);
    if (!file) {
        lock.unlock();
        return reply_code(request, file.error().code());
    }
    if (is_new) info.flags &= ~O_TRUNC;
    Handle& handle = add_handle(*file, info);
    handle.actor = actor;
    if ((info.flags & O_TRUNC) != 0) truncate_at_open(fs, handle, actor);
    const auto made_with = is_new ? std::optional(mode) : std::nullopt;
    reply_created(fs, request, std::move(lock), handle, info, made_with);
}

void open(Filesystem& fs, fuse_req_t request, fuse_ino_t id, fuse_file_info info) {
    if (is_virtual(id)) return open_virtual(fs, request, id, info);
    if (wants_to_write(info)) {
        const Code code = fs.store.writable();
        if (code != Code::ok) return reply_code(request, code);
    }
    auto lock = fs.files.lock();
    int error = 0;
    const std::shared_ptr<OpenFile> file = known_file(fs, id, error);
    if (!file) {
        lock.unlock();
        return void(fuse_reply_err(request, error));
    }
    const auto retry = [&fs, id, info](fuse_req_t held) { open(fs, held, id, info); };
    if (wait_for_released_edits(fs, lock, file.get(), request, retry)) return;
    Handle& handle = add_handle(file, info);
    fs.files.opened_by(fuse_req_ctx(request)->pid, handle);
    lock.unlock();
    if (fuse_reply_open(request, &info) != 0) {
        take_handle_away(fs, fs.files.lock(), handle);
    }
}

void release(Filesystem& fs, fuse_req_t request, fuse_ino_t id, fuse_file_info* info) {
    release_locks_of_handle(fs, id, info->fh);
    if (is_virtual(id)) {
        fs.virtual_files.remove(info->fh);
    } else {
        take_handle_away(fs, fs.files.lock(), handle_of(*info));
    }
    reply_code(request, Code::ok);
}

}  // namespace pmx::fuse
