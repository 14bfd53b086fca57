#include "fuse/file_locks.h"

#include <gtest/gtest.h>

namespace pmx::fuse {
namespace {

constexpr NodeIdValue locked_file = 7;

FileLock lock_of(std::uint64_t owner, bool exclusive, std::uint64_t begin, std::uint64_t last) {
    FileLock lock;
    lock.owner = owner;
    lock.handle = owner;
    lock.exclusive = exclusive;
    lock.begin = begin;
    lock.last = last;
    return lock;
}

TEST(FileLocks, ReadersShareAndAWriterIsAlone) {
    FileLocks locks;
    EXPECT_EQ(locks.take(locked_file, lock_of(1, false, 0, 9)), Code::ok);
    EXPECT_EQ(locks.take(locked_file, lock_of(2, false, 5, 14)), Code::ok);
    EXPECT_EQ(locks.take(locked_file, lock_of(2, true, 5, 14)), Code::busy);
    EXPECT_EQ(locks.take(locked_file, lock_of(2, true, 10, 14)), Code::ok);
    EXPECT_EQ(locks.conflict(locked_file, lock_of(1, false, 0, FileLock::whole_file))->begin, 10U);
    EXPECT_FALSE(locks.conflict(locked_file + 1, lock_of(1, true, 0, FileLock::whole_file)));
}

TEST(FileLocks, ARangeIsGivenUpInPieces) {
    FileLocks locks;
    ASSERT_EQ(locks.take(locked_file, lock_of(1, true, 0, FileLock::whole_file)), Code::ok);
    locks.release(locked_file, lock_of(1, false, 10, 19));
    EXPECT_EQ(locks.take(locked_file, lock_of(2, true, 10, 19)), Code::ok);
    EXPECT_EQ(locks.take(locked_file, lock_of(2, true, 9, 9)), Code::busy);
    EXPECT_EQ(locks.take(locked_file, lock_of(2, true, 20, 20)), Code::busy);
}

TEST(FileLocks, AnUpgradeNeedsTheOthersToGo) {
    FileLocks locks;
    ASSERT_EQ(locks.take(locked_file, lock_of(1, false, 0, 9)), Code::ok);
    ASSERT_EQ(locks.take(locked_file, lock_of(2, false, 0, 9)), Code::ok);
    ASSERT_EQ(locks.take(locked_file, lock_of(1, true, 0, 9)), Code::busy);
    int granted = 0;
    ASSERT_TRUE(locks.wait(locked_file, lock_of(1, true, 0, 9), 1, [&granted] { ++granted; }));
    for (const auto& call : locks.release_owner(locked_file, FileLock::Kind::range, 2))
        call();
    EXPECT_EQ(granted, 1);
    EXPECT_EQ(locks.take(locked_file, lock_of(2, false, 0, 0)), Code::busy);
}

TEST(FileLocks, TwoThatWaitForEachOtherAreFound) {
    FileLocks locks;
    ASSERT_EQ(locks.take(locked_file, lock_of(1, true, 0, 0)), Code::ok);
    ASSERT_EQ(locks.take(locked_file + 1, lock_of(2, true, 0, 0)), Code::ok);
    EXPECT_TRUE(locks.wait(locked_file + 1, lock_of(1, true, 0, 0), 1, [] {}));
    EXPECT_FALSE(locks.wait(locked_file, lock_of(2, true, 0, 0), 2, [] {}));
    locks.give_up(locked_file + 1, 1);
    EXPECT_TRUE(locks.wait(locked_file, lock_of(2, true, 0, 0), 3, [] {}));
}

TEST(FileLocks, WhatAHandleTookGoesWithIt) {
    FileLocks locks;
    FileLock whole = lock_of(1, true, 0, FileLock::whole_file);
    whole.kind = FileLock::Kind::description;
    ASSERT_EQ(locks.take(locked_file, whole), Code::ok);
    ASSERT_EQ(locks.take(locked_file, lock_of(1, true, 0, 9)),
              Code::ok);  // flock and fcntl do not meet
    locks.release_owner(locked_file, FileLock::Kind::range, 1);
    EXPECT_TRUE(locks.holds_any(locked_file, FileLock::Kind::description, 1));
    locks.release_handle(locked_file, 1);
    EXPECT_FALSE(locks.holds_any(locked_file, FileLock::Kind::description, 1));
}

TEST(FileLocks, AUserHasALimit) {
    FileLocks locks;
    std::uint64_t taken = 0;
    while (locks.take(locked_file, lock_of(taken, true, 2 * taken, 2 * taken)) == Code::ok)
        ++taken;
    EXPECT_EQ(locks.take(locked_file, lock_of(taken, true, 2 * taken, 2 * taken)), Code::no_space);
    EXPECT_LE(taken, FileLocks::max_of_user);
    FileLock other = lock_of(taken, true, 2 * taken, 2 * taken);
    other.user = 1;
    EXPECT_EQ(locks.take(locked_file, other), Code::ok);
}

// A program that locks byte by byte holds one range.
TEST(FileLocks, NeighboursAreOne) {
    FileLocks locks;
    for (std::uint64_t at = 0; at < 2 * FileLocks::max_of_user; ++at)
        ASSERT_EQ(locks.take(locked_file, lock_of(1, true, at, at)), Code::ok);
}

}  // namespace
}  // namespace pmx::fuse
