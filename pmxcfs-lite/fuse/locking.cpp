// flock(2) and fcntl(2) locks. What is read after a lock was taken or given up is newest, and what
// was written under one is saved before it is given up: the next holder must see it.
#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <utility>

#include "fuse/caller.h"
#include "fuse/commits.h"
#include "fuse/operations.h"
#include "fuse/reading.h"

namespace pmx::fuse {
namespace {

using namespace std::chrono_literals;

// The kernel does not wait for the RELEASE that gives up a description's locks: one that is on its
// way when close has returned must not make the next LOCK_NB fail.
constexpr auto release_on_its_way = 50ms;

void call_all(const std::vector<FileLocks::Granted>& granted) {
    for (const auto& call : granted)
        call();
}

void end_snapshot_of(Filesystem& fs, fuse_ino_t id, std::uint64_t handle) {
    if (is_virtual(id)) return;
    fuse_file_info info{};
    info.fh = handle;
    const auto lock = fs.files.lock();
    end_snapshot(handle_of(info));
}

void answer_granted(Filesystem& fs, fuse_req_t request, fuse_ino_t id, const FileLock& taken) {
    end_snapshot_of(fs, id, taken.handle);
    fuse_reply_err(request, 0);
}

// Who waited has it from now on; when it gave up meanwhile, the next in line.
FileLocks::Granted answer_when_granted(Filesystem& fs, Waits::Ticket ticket, fuse_ino_t id,
                                       const FileLock& wanted) {
    return [weak = fs.weak_from_this(), ticket, id, wanted] {
        const auto self = weak.lock();
        if (!self) return;
        const bool answered = self->waits.answer(
            ticket, [&](fuse_req_t held) { answer_granted(*self, held, id, wanted); });
        if (answered) return;
        auto lock = self->files.lock();
        const auto granted = self->locks.release(id, wanted);
        lock.unlock();
        call_all(granted);
    };
}

void wait_for_lock(Filesystem& fs, OpenFiles::Lock lock, fuse_req_t request, fuse_ino_t id,
                   const FileLock& wanted, bool sleeps) {
    const auto number = std::make_shared<Waits::Ticket>(0);
    const auto forget = [weak = fs.weak_from_this(), id, number] {
        const auto self = weak.lock();
        if (!self) return;
        const auto files = self->files.lock();
        self->locks.give_up(id, *number);
    };
    const Waits::Ticket ticket = fs.waits.hold_interruptibly(request, forget);
    *number = ticket;  // `forget` needs the lock that is held here
    const bool waits =
        fs.locks.wait(id, wanted, ticket, answer_when_granted(fs, ticket, id, wanted));
    lock.unlock();
    const auto refuse = [weak = fs.weak_from_this(), ticket, forget](int error) {
        const auto self = weak.lock();
        if (!self) return;
        forget();
        self->waits.answer(ticket, [error](fuse_req_t held) { fuse_reply_err(held, error); });
    };
    if (!waits) return refuse(EDEADLK);
    if (!sleeps) fs.timer.after(release_on_its_way, [refuse] { refuse(EAGAIN); });
}

void take_lock(Filesystem& fs, fuse_req_t request, fuse_ino_t id, const FileLock& wanted,
               bool sleeps) {
    auto lock = fs.files.lock();
    std::vector<FileLocks::Granted> granted;
    // Another mode of flock is another lock: the first is given up for it.
    if (wanted.kind == FileLock::Kind::description) {
        granted = fs.locks.release_owner(id, wanted.kind, wanted.owner);
    }
    const Code code = fs.locks.take(id, wanted);
    const bool waits = code == Code::busy && (sleeps || wanted.kind == FileLock::Kind::description);
    if (waits) {
        wait_for_lock(fs, std::move(lock), request, id, wanted, sleeps);
        return call_all(granted);
    }
    lock.unlock();
    call_all(granted);
    if (code == Code::ok) return answer_granted(fs, request, id, wanted);
    fuse_reply_err(request, code == Code::busy ? EAGAIN : ENOLCK);
}

void release_lock(Filesystem& fs, fuse_req_t request, fuse_ino_t id, const FileLock& range) {
    auto lock = fs.files.lock();
    const auto granted = fs.locks.release(id, range);
    lock.unlock();
    answer_granted(fs, request, id, range);
    call_all(granted);
}

// Calls `then` once what was written under a lock is saved, if one is given up.
void save_before(Filesystem& fs, fuse_req_t request, fuse_ino_t id, const FileLock& lock,
                 std::function<void(fuse_req_t)> then) {
    if (!is_virtual(id)) {
        fuse_file_info info{};
        info.fh = lock.handle;
        Handle& handle = handle_of(info);
        auto files = fs.files.lock();
        if (handle.explicit_edits && fs.locks.holds_any(id, lock.kind, lock.owner)) {
            return commit_handle(fs, std::move(files), handle,
                                 whatever_comes_of_it(fs, request, std::move(then)));
        }
    }
    then(request);
}

FileLock lock_asked(fuse_req_t request, const fuse_file_info& info, FileLock::Kind kind) {
    FileLock lock;
    lock.kind = kind;
    lock.owner = info.lock_owner;
    lock.handle = info.fh;
    lock.user = fuse_req_ctx(request)->uid;
    return lock;
}

FileLock range_asked(fuse_req_t request, const fuse_file_info& info, const struct flock& asked) {
    FileLock lock = lock_asked(request, info, FileLock::Kind::range);
    lock.exclusive = asked.l_type == F_WRLCK;
    lock.begin = static_cast<std::uint64_t>(asked.l_start);
    if (asked.l_len > 0) lock.last = lock.begin + static_cast<std::uint64_t>(asked.l_len) - 1;
    lock.process = asked.l_pid;
    return lock;
}

}  // namespace

void test_range(Filesystem& fs, fuse_req_t request, fuse_ino_t id, const fuse_file_info& info,
                struct flock asked) {
    const FileLock wanted = range_asked(request, info, asked);
    std::optional<FileLock> other;
    {
        const auto lock = fs.files.lock();
        other = fs.locks.conflict(id, wanted);
    }
    asked.l_type = F_UNLCK;
    if (other) {
        asked.l_type = other->exclusive ? F_WRLCK : F_RDLCK;
        asked.l_start = static_cast<off_t>(other->begin);
        asked.l_len = other->last == FileLock::whole_file
                          ? 0
                          : static_cast<off_t>(other->last - other->begin + 1);
        asked.l_pid = other->process;
    }
    fuse_reply_lock(request, &asked);
}

void lock_range(Filesystem& fs, fuse_req_t request, fuse_ino_t id, const fuse_file_info& info,
                const struct flock& asked, bool sleeps) {
    const FileLock wanted = range_asked(request, info, asked);
    if (asked.l_type == F_WRLCK) return take_lock(fs, request, id, wanted, sleeps);
    const bool releases = asked.l_type == F_UNLCK;
    save_before(fs, request, id, wanted, [&fs, id, wanted, sleeps, releases](fuse_req_t held) {
        if (releases) return release_lock(fs, held, id, wanted);
        take_lock(fs, held, id, wanted, sleeps);
    });
}

void lock_description(Filesystem& fs, fuse_req_t request, fuse_ino_t id, const fuse_file_info& info,
                      int operation) {
    FileLock wanted = lock_asked(request, info, FileLock::Kind::description);
    wanted.exclusive = (operation & LOCK_EX) != 0;
    const bool sleeps = (operation & LOCK_NB) == 0;
    if (wanted.exclusive) return take_lock(fs, request, id, wanted, sleeps);
    const bool releases = (operation & LOCK_UN) != 0;
    save_before(fs, request, id, wanted, [&fs, id, wanted, sleeps, releases](fuse_req_t held) {
        if (releases) return release_lock(fs, held, id, wanted);
        take_lock(fs, held, id, wanted, sleeps);
    });
}

void release_locks_of_owner(Filesystem& fs, fuse_ino_t id, std::uint64_t owner) {
    auto lock = fs.files.lock();
    const auto granted = fs.locks.release_owner(id, FileLock::Kind::range, owner);
    lock.unlock();
    call_all(granted);
}

void release_locks_of_handle(Filesystem& fs, fuse_ino_t id, std::uint64_t handle) {
    auto lock = fs.files.lock();
    const auto granted = fs.locks.release_handle(id, handle);
    lock.unlock();
    call_all(granted);
}

}  // namespace pmx::fuse
