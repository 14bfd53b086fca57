#include "fuse/modify_events.h"

#include <poll.h>
#include <sys/inotify.h>

#include <csignal>
#include <fstream>
#include <string>

#include "tests/support/mount_test.h"

namespace pmx::fuse {
namespace {

class Watching : public test::MountTest {
  protected:
    static constexpr int patience_ms = 20'000;

    [[nodiscard]] UniqueFd watch(const std::string& path) const {
        UniqueFd events(::inotify_init1(IN_CLOEXEC));
        EXPECT_GE(::inotify_add_watch(events.get(), at(path).c_str(), IN_MODIFY), 0);
        return events;
    }
    // Whether one came in time.
    [[nodiscard]] static bool take_event(const UniqueFd& events) {
        pollfd readable{events.get(), POLLIN, 0};
        if (::poll(&readable, 1, patience_ms) != 1) return false;
        std::string buffer(4'096, '\0');
        return ::read(events.get(), buffer.data(), buffer.size()) > 0;
    }
    // Looks at each event only: whether one comes at which the content is that.
    [[nodiscard]] bool is_told_of(const UniqueFd& events, const std::string& path,
                                  const std::string& wanted) const {
        while (take_event(events)) {
            if (content(path) == wanted) return true;
        }
        return false;
    }
    // The process that raises the events: the one child that this process has; 0: none.
    [[nodiscard]] static pid_t helper() {
        const std::string self = "/proc/self/task/" + std::to_string(::getpid()) + "/children";
        pid_t child = 0;
        std::ifstream(self) >> child;
        return child;
    }
};

TEST_F(Watching, HearsOfEachAppendOnceItCanBeRead) {
    ASSERT_EQ(save("f", "0\n"), 0);
    const UniqueFd file = watch("f");
    const UniqueFd directory = watch("");
    std::string wanted = "0\n";
    for (int i = 1; i <= 30; ++i) {
        const std::string line = std::to_string(i) + "\n";
        UniqueFd fd = open("f", O_WRONLY | O_APPEND);
        ASSERT_EQ(::write(fd.get(), line.data(), line.size()), static_cast<ssize_t>(line.size()));
        // write(2)'s own comes too early.
        ASSERT_TRUE(take_event(file));
        ASSERT_TRUE(take_event(directory));
        ASSERT_EQ(content("f"), wanted);
        wanted += line;
        fd.reset();
        ASSERT_TRUE(is_told_of(file, "f", wanted)) << i;
        ASSERT_TRUE(is_told_of(directory, "f", wanted)) << i;
    }
    EXPECT_EQ(entries(), 31U) << "an event is no save";
}

TEST_F(Watching, HearsOfNewFilesOnceTheyCanBeRead) {
    const UniqueFd directory = watch("");
    UniqueFd fd = open("new", O_WRONLY | O_CREAT);
    ASSERT_EQ(::write(fd.get(), "x", 1), 1);
    ASSERT_TRUE(take_event(directory));
    ASSERT_EQ(content("new"), "");
    fd.reset();
    EXPECT_TRUE(is_told_of(directory, "new", "x"));
}

TEST_F(Watching, HearsOfSavesThatDoNotComeThroughTheMount) {
    ASSERT_EQ(save("f", "one"), 0);
    const UniqueFd file = watch("f");
    tree::WriteFile op;
    op.at.path = "f";
    op.edits = {{tree::Edit::Kind::write, 0, "two"}};
    ASSERT_EQ(store_.apply(op).result, Code::ok);
    EXPECT_TRUE(is_told_of(file, "f", "two"));
}

TEST_F(Watching, HearsOfReadOnlyFilesAndDeepOnes) {
    if (::geteuid() != 0) GTEST_SKIP() << "writes what it may not";
    ASSERT_EQ(shell("mkdir -p a/b/c"), 0);
    ASSERT_EQ(save("a/b/c/f", "x"), 0);
    ASSERT_EQ(::chmod(at("a/b/c/f").c_str(), 0400), 0);
    const UniqueFd file = watch("a/b/c/f");
    ASSERT_EQ(save("a/b/c/f", "y"), 0);
    EXPECT_TRUE(is_told_of(file, "a/b/c/f", "y"));
}

TEST_F(Watching, KeepsTheTimeAndSizeOfWhatIsTold) {
    ASSERT_EQ(save("f", "x"), 0);
    const UniqueFd file = watch("f");
    UniqueFd other = open("f", O_WRONLY | O_APPEND);
    ASSERT_EQ(::write(other.get(), "unsaved", 7), 7);
    ASSERT_TRUE(take_event(file));
    ASSERT_EQ(save("f", "yz"), 0);
    ASSERT_TRUE(is_told_of(file, "f", "yz"));
    {
        const ports::TreeView tree = store_.read();
        EXPECT_EQ(last<tree::WriteFile>().mtime, tree->child(tree::root_inode, "f")->mtime);
    }
    other.reset();
    EXPECT_EQ(content("f"), "yzunsaved");
}

// The kernel computes the end of a file with the size that it heard last.
TEST_F(Watching, LeavesTheEndOfAFileToWhoHasNotSavedYet) {
    UniqueFd fd = open("f", O_RDWR | O_CREAT);
    for (int i = 0; i < 2'000; ++i) {
        ASSERT_EQ(::pwrite(fd.get(), "saved", 5, 0), 5);
        ASSERT_EQ(::ftruncate(fd.get(), 5), 0);
        ASSERT_EQ(::fsync(fd.get()), 0);
        ASSERT_EQ(::pwrite(fd.get(), "more", 4, 5), 4);
        ASSERT_EQ(::lseek(fd.get(), 0, SEEK_END), 9) << i;
    }
}

TEST_F(Watching, HearsOfASaveThoughAnotherProgramHasNotSavedYet) {
    ASSERT_EQ(save("f", "x"), 0);
    const UniqueFd file = watch("f");
    UniqueFd other = open("f", O_WRONLY);
    ASSERT_EQ(::pwrite(other.get(), "unsaved", 7, 0), 7);
    ASSERT_TRUE(take_event(file));
    ASSERT_EQ(store_
                  .apply(tree::WriteFile{.at = {tree::root_inode, "f"},
                                         .create = false,
                                         .edits = {{tree::Edit::Kind::write, 0, "yz"}},
                                         .mtime = {}})
                  .result,
              Code::ok);
    EXPECT_TRUE(is_told_of(file, "f", "yz"));
}

TEST_F(Watching, GoesWithoutWhereTheHelperIsKilled) {
    ASSERT_EQ(save("f", "x"), 0);
    ASSERT_NE(helper(), 0);
    ASSERT_EQ(::kill(helper(), SIGKILL), 0);
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(save("f", std::to_string(i)), 0);
    EXPECT_EQ(content("f"), "9");
}

TEST_F(Watching, KeepsNothingWaitingWhereTheHelperHangs) {
    ASSERT_NE(helper(), 0);
    ASSERT_EQ(::kill(helper(), SIGSTOP), 0);
    for (int i = 0; i < 100; ++i)
        ASSERT_EQ(save("f" + std::to_string(i % 7), std::to_string(i)), 0);
    EXPECT_EQ(content("f1"), "99");
    mount_.stop();
    EXPECT_EQ(helper(), 0) << "it is gone with the mount";
}

TEST_F(Watching, TouchesNothingThatIsNotTheMount) {
    const std::string outside = directory_.path() + "/outside";
    ASSERT_EQ(::mkdir(outside.c_str(), 0755), 0);
    std::ofstream(outside + "/f") << "x";
    ASSERT_EQ(save("f", "x"), 0);
    const auto device = *device_of(at("").c_str());
    const auto device_outside = *device_of(outside.c_str());
    EventHelper helper;
    using Outcome = EventHelper::Outcome;
    EXPECT_EQ(helper.raise(outside, device, {0, "f"}), Outcome::failed);
    EXPECT_EQ(helper.raise(outside, device_outside, {0, "f"}), Outcome::raised);
    EXPECT_EQ(helper.raise(at(""), device_outside, {status("f").st_ino, "f"}), Outcome::failed);
    EXPECT_EQ(helper.raise(at(""), device, {0, "g"}), Outcome::failed);
    EXPECT_EQ(helper.raise(at(""), device, {status("priv").st_ino, "priv"}), Outcome::failed);
    helper.interrupt();
    EXPECT_EQ(helper.raise(at(""), device, {0, "f"}), Outcome::ended);
}

}  // namespace
}  // namespace pmx::fuse
