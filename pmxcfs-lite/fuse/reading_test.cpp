// Snapshots, own edits, and what goes round them.
#include <sys/mman.h>
#include <sys/sendfile.h>

#include <atomic>
#include <thread>

#include "tests/support/mount_test.h"

namespace pmx::fuse {
namespace {

using Reading = test::MountTest;

TEST_F(Reading, KeepsTheVersionOfTheOpenToItsEnd) {
    ASSERT_EQ(save("f", "old old old"), 0);
    const UniqueFd fd = open("f", O_RDONLY);
    ASSERT_EQ(save("f", "new"), 0);
    EXPECT_EQ(read_at(fd, 0, 4), "old ");
    ASSERT_EQ(save("f", "newer"), 0);
    EXPECT_EQ(read_at(fd, 4, 100), "old old");  // short, but not the end
    EXPECT_EQ(read_at(fd, 8, 100), "old");
    EXPECT_EQ(read_at(fd, 11, 100), "");
    EXPECT_EQ(read_at(fd, 1, 100), "ewer");
}

TEST_F(Reading, TakesTheNewestVersionFromTheStartAgain) {
    ASSERT_EQ(save("f", "old"), 0);
    const UniqueFd fd = open("f", O_RDONLY);
    EXPECT_EQ(read_at(fd, 0, 1), "o");
    ASSERT_EQ(save("f", "new"), 0);
    EXPECT_EQ(read_at(fd, 1, 1), "l");
    EXPECT_EQ(read_at(fd, 0, 3), "new");
}

// Read, lock, read again, write: who pinned the first read would write over what others saved.
TEST_F(Reading, IsAlwaysNewestWhereTheHandleMayWrite) {
    ASSERT_EQ(save("f", "old old"), 0);
    const UniqueFd fd = open("f", O_RDWR);
    ASSERT_EQ(save("f", "new new"), 0);
    EXPECT_EQ(read_at(fd, 0, 3), "new");
    ASSERT_EQ(save("f", "some more"), 0);
    EXPECT_EQ(read_at(fd, 4, 10), " more");
    ASSERT_EQ(::pwrite(fd.get(), "S", 1, 0), 1);
    ASSERT_EQ(save("f", "nothing"), 0);
    EXPECT_EQ(read_at(fd, 0, 10), "Sothing");
}

TEST_F(Reading, FollowsAGrowingFile) {
    ASSERT_EQ(save("log", "1\n"), 0);
    const UniqueFd fd = open("log", O_RDONLY);
    EXPECT_EQ(read_at(fd, 0, 10), "1\n");
    EXPECT_EQ(read_at(fd, 2, 10), "");
    ASSERT_EQ(save("log", "2\n", O_WRONLY | O_APPEND), 0);
    EXPECT_EQ(read_at(fd, 2, 10), "2\n");
}

TEST_F(Reading, SeesATruncationWhoseLastDescriptorIsClosed) {
    ASSERT_EQ(save("f", "content"), 0);
    const UniqueFd fd = open("f", O_RDONLY);
    EXPECT_EQ(read_at(fd, 0, 10), "content");
    store_.hold();
    open("f", O_WRONLY | O_TRUNC).reset();
    ASSERT_TRUE(store_.wait_for_waiting(1));
    std::thread commits([this] { store_.go_on(); });
    EXPECT_EQ(read_at(fd, 0, 10), "");
    commits.join();
}

TEST_F(Reading, ShowsAProcessItsOwnEdits) {
    ASSERT_EQ(save("f", "abcdef"), 0);
    const UniqueFd fd = open("f", O_RDWR);
    ASSERT_EQ(::pwrite(fd.get(), "XY", 2, 2), 2);
    EXPECT_EQ(read_at(fd, 0, 10), "abXYef");
    ASSERT_EQ(::ftruncate(fd.get(), 3), 0);
    EXPECT_EQ(read_at(fd, 0, 10), "abX");
    EXPECT_EQ(content("f"), "abcdef");
}

TEST_F(Reading, ShowsTheUnsavedSizeToItsProcessOnly) {
    ASSERT_EQ(save("f", "abc"), 0);
    const UniqueFd fd = open("f", O_WRONLY | O_APPEND);
    ASSERT_EQ(::write(fd.get(), "defgh", 5), 5);
    EXPECT_EQ(status("f").st_size, 8);
    EXPECT_EQ(shell("test $(stat -c %s f) = 3"), 0);
    EXPECT_EQ(::lseek(fd.get(), 0, SEEK_END), 8);
    ASSERT_EQ(::fsync(fd.get()), 0);
    EXPECT_EQ(shell("test $(stat -c %s f) = 8"), 0);
}

TEST_F(Reading, GivesSendfileTheNewestVersion) {
    ASSERT_EQ(save("f", "first"), 0);
    const UniqueFd from = open("f", O_RDONLY);
    for (const std::string text : {"second", "third one"}) {
        ASSERT_EQ(save("f", text), 0);
        struct stat attributes {};
        ASSERT_EQ(::fstat(from.get(), &attributes), 0);
        const UniqueFd to(::open((directory_.path() + "/out").c_str(),
                                 O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        off_t offset = 0;
        ASSERT_EQ(::sendfile(to.get(), from.get(), &offset, 100),
                  static_cast<ssize_t>(text.size()));
        EXPECT_EQ(read_at(to, 0, 100), text);
    }
}

// The size that the kernel keeps is everybody's: it must be that of a version.
TEST_F(Reading, GivesSendfileTheCommittedVersionWhateverIsUnsaved) {
    ASSERT_EQ(save("f", "committed"), 0);
    const UniqueFd from = open("f", O_RDONLY);
    const UniqueFd writer = open("f", O_RDWR);
    const UniqueFd to(
        ::open((directory_.path() + "/out").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    const auto sent = [&] {
        EXPECT_EQ(::ftruncate(to.get(), 0), 0);
        EXPECT_EQ(::lseek(to.get(), 0, SEEK_SET), 0);
        off_t offset = 0;
        EXPECT_GE(::sendfile(to.get(), from.get(), &offset, 100), 0);
        return read_at(to, 0, 100);
    };
    EXPECT_EQ(sent(), "committed");
    ASSERT_EQ(::ftruncate(writer.get(), 2), 0);
    EXPECT_EQ(status("f").st_size, 2);
    EXPECT_EQ(sent(), "committed");
    ASSERT_EQ(::pwrite(writer.get(), "X", 1, 0), 1);
    EXPECT_EQ(status("f").st_size, 2);
    EXPECT_EQ(sent(), "committed");
    const UniqueFd truncating = open("f", O_WRONLY | O_TRUNC);
    EXPECT_EQ(sent(), "committed");
    EXPECT_EQ(status("f").st_size, 0);
    EXPECT_EQ(sent(), "committed");
}

TEST_F(Reading, RefusesTheKernelsCopySoThatProgramsReadAndWrite) {
    ASSERT_EQ(save("f", "content"), 0);
    const UniqueFd from = open("f", O_RDONLY);
    const UniqueFd to = open("g", O_WRONLY | O_CREAT);
    EXPECT_EQ(test::error_of(::copy_file_range(from.get(), nullptr, to.get(), nullptr, 7, 0)),
              EINVAL);
    EXPECT_EQ(shell("cp f h && cmp f h"), 0);
}

// Whatever size the kernel heard of last: an unsaved one, or that before a truncation.
TEST_F(Reading, CopiesOnlyVersionsThatExisted) {
    ASSERT_EQ(shell("head -c 300000 /dev/zero | tr '\\0' a > ../a; "
                    "head -c 30000 /dev/zero | tr '\\0' b > ../b; cp ../a f"),
              0);
    EXPECT_EQ(shell("(good() { cmp -s $1 ../a || cmp -s $1 ../b; }; "
                    "{ i=0; while test $i -lt 60; do cat ../b > f; cp ../a f; i=$((i + 1)); done; "
                    "touch ../done; } & "
                    "while ! test -e ../done; do stat f > ../status; cp f g; good g || exit 1; "
                    "cat f > h; good h || exit 2; "
                    "python3 -c 'import shutil; shutil.copyfile(\"f\", \"i\")'; good i || exit 3; "
                    "done; wait)"),
              0);
}

TEST_F(Reading, MapsPrivatelyButNotShared) {
    ASSERT_EQ(save("f", "mapped"), 0);
    const UniqueFd fd = open("f", O_RDWR);
    void* memory = ::mmap(nullptr, 6, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    ASSERT_NE(memory, MAP_FAILED);
    EXPECT_EQ(std::string(static_cast<const char*>(memory), 6), "mapped");
    ::munmap(memory, 6);
    EXPECT_EQ(::mmap(nullptr, 6, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0), MAP_FAILED);
    EXPECT_EQ(errno, ENODEV);
}

TEST_F(Reading, NeverTearsAFileThatIsRewritten) {
    const std::string a(50'000, 'a');
    const std::string b(50'000, 'b');
    ASSERT_EQ(save("f", a), 0);
    std::atomic<bool> done = false;
    std::thread writer([&] {
        for (int i = 0; i < 200; ++i)
            EXPECT_EQ(save("f", i % 2 == 0 ? b : a), 0);
        done = true;
    });
    while (!done) {
        const UniqueFd fd = open("f", O_RDONLY);
        std::string text;
        for (off_t offset = 0;; offset += 4096) {
            const std::string part = read_at(fd, offset, 4096);
            if (part.empty()) break;
            text += part;
        }
        EXPECT_TRUE(text == a || text == b);
    }
    writer.join();
}

}  // namespace
}  // namespace pmx::fuse
