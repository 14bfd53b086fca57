// Locks, and what reads and saves make of them.
#include <pthread.h>
#include <sys/file.h>
#include <sys/wait.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "tests/support/mount_test.h"

namespace pmx::fuse {
namespace {

using test::error_of;
using Locking = test::MountTest;

int lock_byte(const UniqueFd& fd, int command, short type) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_len = 1;
    return error_of(::fcntl(fd.get(), command, &lock));
}

TEST_F(Locking, EndsTheSnapshotOfAReader) {
    ASSERT_EQ(save("f", "old old"), 0);
    const UniqueFd by_flock = open("f", O_RDONLY);
    const UniqueFd by_range = open("f", O_RDONLY);
    const UniqueFd given_up = open("f", O_RDONLY);
    ASSERT_EQ(::flock(given_up.get(), LOCK_SH), 0);
    for (const UniqueFd* fd : {&by_flock, &by_range, &given_up})
        EXPECT_EQ(read_at(*fd, 0, 3), "old");
    ASSERT_EQ(save("f", "new new"), 0);
    EXPECT_EQ(read_at(by_flock, 3, 10), " old");
    ASSERT_EQ(::flock(by_flock.get(), LOCK_SH), 0);
    ASSERT_EQ(lock_byte(by_range, F_SETLK, F_RDLCK), 0);
    ASSERT_EQ(::flock(given_up.get(), LOCK_UN), 0);
    for (const UniqueFd* fd : {&by_flock, &by_range, &given_up})
        EXPECT_EQ(read_at(*fd, 3, 10), " new");
}

TEST_F(Locking, SavesWhatWasWrittenUnderALockBeforeItIsGivenUp) {
    ASSERT_EQ(save("f", "old"), 0);
    const UniqueFd fd = open("f", O_RDWR);
    ASSERT_EQ(::flock(fd.get(), LOCK_EX), 0);
    ASSERT_EQ(::pwrite(fd.get(), "new", 3, 0), 3);
    EXPECT_EQ(content("f"), "old");
    ASSERT_EQ(::flock(fd.get(), LOCK_UN), 0);
    EXPECT_EQ(content("f"), "new");
    ASSERT_EQ(lock_byte(fd, F_SETLK, F_WRLCK), 0);
    ASSERT_EQ(::pwrite(fd.get(), "two", 3, 0), 3);
    ASSERT_EQ(lock_byte(fd, F_SETLK, F_UNLCK), 0);
    EXPECT_EQ(content("f"), "two");
}

// Nobody is told at the unlock, so the close is.
TEST_F(Locking, TellsTheCloseWhatFailedAtTheUnlock) {
    ASSERT_EQ(save("f", "old"), 0);
    UniqueFd fd = open("f", O_RDWR);
    ASSERT_EQ(::flock(fd.get(), LOCK_EX), 0);
    ASSERT_EQ(::pwrite(fd.get(), "new", 3, 0), 3);
    store_.set_writable(Code::no_space);
    EXPECT_EQ(::flock(fd.get(), LOCK_UN), 0);
    store_.set_writable(Code::ok);
    EXPECT_EQ(error_of(::close(fd.release())), ENOSPC);
}

TEST_F(Locking, CountsRightWhereTheUnlockComesBeforeTheClose) {
    ASSERT_EQ(save("counter", "0"), 0);
    const auto count = [this] {
        const UniqueFd fd = open("counter", O_RDWR);
        for (int i = 0; i < 50; ++i) {
            EXPECT_NE(read_at(fd, 0, 1), "");  // what was read before the lock does not count
            ASSERT_EQ(::flock(fd.get(), LOCK_EX), 0);
            const std::string next = std::to_string(std::stoi(read_at(fd, 0, 20)) + 1);
            ASSERT_GT(::pwrite(fd.get(), next.data(), next.size(), 0), 0);
            ASSERT_EQ(::flock(fd.get(), LOCK_UN), 0);
        }
    };
    std::thread first(count);
    std::thread second(count);
    first.join();
    second.join();
    EXPECT_EQ(content("counter"), "100");
}

TEST_F(Locking, IsBetweenProcesses) {
    ASSERT_EQ(save("f", ""), 0);
    UniqueFd fd = open("f", O_RDWR);
    ASSERT_EQ(::flock(fd.get(), LOCK_EX), 0);
    EXPECT_EQ(shell("flock --nonblock f true"), 1);
    EXPECT_EQ(shell("flock --timeout 0.2 f true"), 1);
    ASSERT_EQ(lock_byte(fd, F_SETLK, F_WRLCK), 0);
    const std::string other =
        "python3 -c 'import fcntl, sys\n"
        "f = open(\"f\", \"r+\")\n"
        "try: fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
        "except OSError: sys.exit(7)'";
    EXPECT_EQ(shell(other), 7);
    UniqueFd(::dup(fd.get())).reset();  // fcntl's go with any close of the process, flock's do not
    EXPECT_EQ(shell(other), 0);
    EXPECT_EQ(shell("flock --nonblock f true"), 1);
    fd.reset();
    EXPECT_EQ(shell("flock --nonblock f flock --nonblock --shared /dev/null true"), 0);
    for (int i = 0; i < 20; ++i)
        ASSERT_EQ(shell("flock --nonblock f true"), 0);
}

void on_lock_signal(int /*signal*/) {}

TEST_F(Locking, WaitsUntilItsTurnOrASignal) {
    struct sigaction action {};
    action.sa_handler = on_lock_signal;
    ::sigaction(SIGUSR1, &action, nullptr);
    ASSERT_EQ(save("f", ""), 0);
    const UniqueFd holder = open("f", O_RDWR);
    const UniqueFd waiter = open("f", O_RDWR);
    ASSERT_EQ(::flock(holder.get(), LOCK_EX), 0);
    std::atomic<int> error = -1;
    std::thread interrupted([&] { error = error_of(::flock(waiter.get(), LOCK_EX)); });
    while (error == -1) {  // it may not wait yet when the first one comes
        ::pthread_kill(interrupted.native_handle(), SIGUSR1);
        std::this_thread::yield();
    }
    interrupted.join();
    EXPECT_EQ(error, EINTR);
    std::thread patient([&] { error = error_of(::flock(waiter.get(), LOCK_EX)); });
    ASSERT_EQ(::flock(holder.get(), LOCK_UN), 0);
    patient.join();
    EXPECT_EQ(error, 0);
}

TEST_F(Locking, TellsWhoHoldsARange) {
    ASSERT_EQ(save("f", ""), 0);
    const UniqueFd fd = open("f", O_RDWR);
    ASSERT_EQ(lock_byte(fd, F_SETLK, F_WRLCK), 0);
    EXPECT_EQ(shell("test $(python3 -c 'import fcntl, struct\n"
                    "f = open(\"f\", \"r+\")\n"
                    "asked = struct.pack(\"hhqqi4x\", fcntl.F_WRLCK, 0, 0, 0, 0)\n"
                    "print(struct.unpack(\"hhqqi4x\", fcntl.fcntl(f, fcntl.F_GETLK, asked))[4])') "
                    "= " +
                    std::to_string(::getpid())),
              0);
}

}  // namespace
}  // namespace pmx::fuse
