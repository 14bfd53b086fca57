#include "fuse/caller.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

namespace pmx::fuse {
namespace {

TEST(Caller, FindsTheProcessOfAThread) {
    pid_t process = 0;
    std::thread([&process] { process = process_of(::gettid()); }).join();
    EXPECT_EQ(process, ::getpid());
    EXPECT_EQ(process_of(0), 0);
    EXPECT_EQ(process_of(-1), 0);
}

TEST(Caller, OneThatIsGoneIsAUserWithoutAProcess) {
    const wire::Actor actor = actor_of(7, 0x3fffffff);
    EXPECT_EQ(actor.uid, 7U);
    EXPECT_EQ(actor.pid, 0);
    EXPECT_EQ(actor.program, "");
}

TEST(Caller, SaysWhoItIs) {
    const wire::Actor actor = actor_of(7, ::gettid());
    EXPECT_EQ(actor.uid, 7U);
    EXPECT_EQ(actor.pid, ::getpid());
    EXPECT_EQ(actor.program, "pmx_fuse_test");
}

}  // namespace
}  // namespace pmx::fuse
