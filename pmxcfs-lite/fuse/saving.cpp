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

// Answers once all that the handle did is committed, after `before_answer`.
void save(Filesystem& fs, OpenFiles::Lock lock, fuse_req_t request, Handle& handle, bool anything,
          std::function<void()> before_answer) {
    if (const Code failed = std::exchange(handle.failed, Code::ok); failed != Code::ok) {
        lock.unlock();
        before_answer();
        return reply_code(request, failed);
    }
    const auto commit = anything ? nullptr : last_commit(handle);
    if (!anything && !commit) {
        lock.unlock();
        before_answer();
        return reply_code(request, Code::ok);
    }
    Waiter waiter = answer_with_code(fs, request);
    waiter.call = [answer = std::move(waiter.call),
                   before_answer = std::move(before_answer)](Code code) {
        before_answer();
        answer(code);
    };
    if (anything) return commit_handle(fs, std::move(lock), handle, std::move(waiter));
    commit->waiters.push_back(std::move(waiter));
}

// Whether the handle has something that a close by its writer would save, sooner or later.
bool is_unsaved(const Handle& handle) {
    return !handle.edits.empty() || handle.explicit_edits ||
           handle.file->state == OpenFile::State::pending;
}

}  // namespace

// Every close of every descriptor comes here, and every exec with one open. Only that of the
// process that wrote ends a save; holding another one's would stop a parent that waits for it.
void flush(Filesystem& fs, fuse_req_t request, fuse_ino_t id, fuse_file_info* info) {
    const auto release_locks = [weak = fs.weak_from_this(), id, owner = info->lock_owner] {
        if (const auto self = weak.lock()) release_locks_of_owner(*self, id, owner);
    };
    const auto answer_now = [&](OpenFiles::Lock lock) {
        if (lock) lock.unlock();
        release_locks();
        reply_code(request, Code::ok);
    };
    if (is_virtual(id)) return answer_now({});
    Handle& handle = handle_of(*info);
    auto lock = fs.files.lock();
    const bool waits = handle.explicit_edits || handle.failed != Code::ok || last_commit(handle);
    if (!waits && !is_unsaved(handle)) return answer_now(std::move(lock));
    const pid_t thread = fuse_req_ctx(request)->pid;
    lock.unlock();
    const pid_t process = process_of(thread);
    const int signal = killed_by(thread);
    lock.lock();
    const bool is_writer = handle.write_owner != 0 ? handle.write_owner == info->lock_owner
                                                   : process == handle.actor.pid;
    if (!is_writer) return answer_now(std::move(lock));
    // What it had not saved is dropped when the description goes: another process that has it may
    // still write on, and save all of it.
    handle.killed_by = is_unsaved(handle) && !handle.of_several ? signal : 0;
    if (!waits || handle.killed_by != 0) return answer_now(std::move(lock));
    save(fs, std::move(lock), request, handle, handle.explicit_edits, release_locks);
}

void synchronise(Filesystem& fs, fuse_req_t request, fuse_file_info* info) {
    Handle& handle = handle_of(*info);
    auto lock = fs.files.lock();
    const bool creates =
        handle.file->state == OpenFile::State::pending && handle.file->commits.empty();
    const bool anything = !handle.edits.empty() || handle.explicit_edits || creates;
    save(fs, std::move(lock), request, handle, anything, [] {});
}

}  // namespace pmx::fuse
