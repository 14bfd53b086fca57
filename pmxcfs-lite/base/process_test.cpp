#include "base/process.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

namespace pmx {
namespace {

TEST(Process, AThreadBelongsToItsProcess) {
    ProcessInfo info;
    std::thread([&] { info = read_process(static_cast<pid_t>(::syscall(SYS_gettid))); }).join();
    EXPECT_EQ(info.pid, ::getpid());
    EXPECT_EQ(info.program, "pmx_base_test");
}

TEST(Process, OneThatIsGoneGivesItsIdAlone) {
    const ProcessInfo info = read_process(0x3fffffff);
    EXPECT_EQ(info.pid, 0x3fffffff);
    EXPECT_EQ(info.login_uid, 0xffffffff);
    EXPECT_EQ(info.program, "");
}

}  // namespace
}  // namespace pmx
