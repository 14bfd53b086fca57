// When a save is over: close by the process that wrote, and fsync.
#include <utility>

#include "fuse/caller.h"
#include "fuse/commits.h"
#include "fuse/operations.h"

namespace pmx::fuse {
namespace {

std::shared_ptr<Commit> last_commit(const Handle& handle) {
    const auto& commits = handle.file->commits;
    for (auto at = commits.rbegin(); at != commits.rend(); ++at) {
        if ((*at)->handle.get() == &handle) return *at;
    }
    return nullptr;
}

// Answers once all that the handle did is committed.
void save(Filesystem& fs, OpenFiles::Lock lock, fuse_req_t request, Handle& handle, bool anything) {
    if (const Code failed = std::exchange(handle.failed, Code::ok); failed != Code::ok) {
        lock.unlock();
        return reply_code(request, failed);
    }
    if (anything) {
        return commit_handle(fs, std::move(lock), handle, answer_with_code(fs, request));
    }
    if (const auto commit = last_commit(handle)) {
        commit->waiters.push_back(answer_with_code(fs, request));
        return;
    }
    lock.unlock();
    reply_code(request, Code::ok);
}

}  // namespace

// Every close of every descriptor comes here, and every exec with one open. Only that of the
// process that wrote ends a save; holding another one's would stop a parent that waits for it.
void flush(Filesystem& fs, fuse_req_t request, fuse_file_info* info) {
    Handle& handle = handle_of(*info);
    auto lock = fs.files.lock();
    const bool waits = handle.explicit_edits || handle.failed != Code::ok || last_commit(handle);
    bool is_writer = waits && handle.write_owner == info->lock_owner;
    if (waits && handle.write_owner == 0) {
        lock.unlock();
        const pid_t process = process_of(fuse_req_ctx(request)->pid);
        lock.lock();
        is_writer = process == handle.actor.pid;
    }
    if (!is_writer) {
        lock.unlock();
        return reply_code(request, Code::ok);
    }
    save(fs, std::move(lock), request, handle, handle.explicit_edits);
}

void synchronise(Filesystem& fs, fuse_req_t request, fuse_file_info* info) {
    Handle& handle = handle_of(*info);
    auto lock = fs.files.lock();
    const bool creates =
        handle.file->state == OpenFile::State::pending && handle.file->commits.empty();
    const bool anything = !handle.edits.empty() || handle.explicit_edits || creates;
    save(fs, std::move(lock), request, handle, anything);
}

}  // namespace pmx::fuse
