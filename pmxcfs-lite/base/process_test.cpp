#include "base/process.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thread>

namespace pmx {
namespace {

constexpr pid_t nobodys = 0x3fffffff;

TEST(Process, AThreadBelongsToItsProcess) {
    std::optional<pid_t> process;
    std::thread([&] {
        process = process_of_thread(static_cast<pid_t>(::syscall(SYS_gettid)));
    }).join();
    EXPECT_EQ(process, ::getpid());
    EXPECT_EQ(read_process(::getpid()).program, "pmx_base_test");
}

TEST(Process, AThreadThatIsGoneIsNobodys) {
    for (const pid_t thread : {nobodys, 0, -1})
        EXPECT_EQ(process_of_thread(thread), std::nullopt) << thread;
}

TEST(Process, OfOneThatIsGoneNothingIsKnown) {
    const ProcessInfo info = read_process(nobodys);
    EXPECT_EQ(info.login_uid, 0xffffffff);
    EXPECT_EQ(info.program, "");
}

}  // namespace
}  // namespace pmx
