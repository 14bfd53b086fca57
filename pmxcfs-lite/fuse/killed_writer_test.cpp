// What is saved of a program that ends before it closes.
#include <utility>
#include <vector>

#include "tests/support/mount_test.h"

namespace pmx::fuse {
namespace {

using test::error_of;
using KilledWriter = test::MountTest;

TEST_F(KilledWriter, SavesNothing) {
    ASSERT_EQ(save("f", "as it was"), 0);
    const std::vector<std::pair<const char*, const char*>> writers{
        {"KILL", "open(\"f\", \"r+\"); f.write(\"unsaved\"); f.flush()"},
        {"TERM", "open(\"f\", \"w\"); f.write(\"unsaved\"); f.flush()"},
        {"INT", "open(\"f\", \"a\"); f.write(\"unsaved\"); f.flush()"},
        {"SEGV", "open(\"new\", \"w\"); f.write(\"unsaved\"); f.flush()"},
        {"KILL", "open(\"f\", \"w\")"},
        {"KILL", "open(\"new\", \"w\")"},
    };
    for (const auto& [signal, writes] : writers) {
        const std::string script = std::string("import os, signal; f = ") + writes +
                                   "; signal.signal(signal.SIGINT, signal.SIG_DFL); " +
                                   "os.kill(os.getpid(), signal.SIG" + signal + ")";
        ASSERT_NE(shell("python3 -c '" + script + "' 2>/dev/null"), 0);
    }
    // What is not saved is dropped when the file is let go, which the kernel does not wait for.
    ASSERT_EQ(save("last", "x"), 0);
    ASSERT_TRUE(store_.wait_for_entries(2));
    EXPECT_EQ(content("f"), "as it was");
    EXPECT_EQ(error_of(::access(at("new").c_str(), F_OK)), ENOENT);
    EXPECT_EQ(entries(), 2U);
}

// The kernel closes what execve(2) does not pass on, and holds what /proc says of the process.
TEST_F(KilledWriter, IsNotAProgramThatExecutesAnother) {
    ASSERT_EQ(shell("python3 -c 'import os; fd = os.open(\"f\", os.O_WRONLY | os.O_CREAT); "
                    "os.write(fd, b\"exec\"); os.execvp(\"true\", [\"true\"])'"),
              0);
    EXPECT_EQ(content("f"), "exec");
    ASSERT_EQ(shell("python3 -c 'import os; os.open(\"f\", os.O_WRONLY | os.O_TRUNC); "
                    "os.execvp(\"true\", [\"true\"])'"),
              0);
    ASSERT_TRUE(store_.wait_for_entries(2));
    EXPECT_EQ(content("f"), "");
}

// A program that exits, or that is killed with all of it saved, loses nothing.
TEST_F(KilledWriter, IsNotAProgramThatExits) {
    ASSERT_EQ(shell("python3 -c 'import os; f = open(\"f\", \"w\"); f.write(\"exit\"); "
                    "f.flush(); os._exit(3)'"),
              3);
    EXPECT_EQ(content("f"), "exit");
    ASSERT_NE(
        shell("python3 -c 'import os; f = open(\"f\", \"w\"); f.write(\"sync\"); "
              "f.flush(); os.fsync(f); f.write(\"not\"); f.flush(); os.kill(os.getpid(), 9)'"),
        0);
    ASSERT_TRUE(store_.wait_for_entries(2));
    EXPECT_EQ(content("f"), "sync");
}

// The shell's other commands share the description: what the killed one wrote is theirs to save.
TEST_F(KilledWriter, LeavesItToAnotherProcessWithTheDescriptor) {
    ASSERT_EQ(shell("{ sh -c \"echo one; kill -9 \\$\\$\"; echo two; } > f"), 0);
    ASSERT_TRUE(store_.wait_for_entries(1));
    EXPECT_EQ(content("f"), "one\ntwo\n");
}

}  // namespace
}  // namespace pmx::fuse
