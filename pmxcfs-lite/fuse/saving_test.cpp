// When a save is over, and what its entry holds.
#include <linux/falloc.h>
#include <sys/file.h>
#include <sys/uio.h>

#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

#include "tests/support/mount_test.h"

namespace pmx::fuse {
namespace {

using test::error_of;
using Saving = test::MountTest;

TEST_F(Saving, IsOneEntryPerOpenWriteClose) {
    {
        const UniqueFd fd = open("f", O_WRONLY | O_CREAT | O_TRUNC);
        for (const char* part : {"one ", "two ", "three"})
            ASSERT_GT(::write(fd.get(), part, strlen(part)), 0);
        EXPECT_EQ(entries(), 0U);
    }
    ASSERT_EQ(entries(), 1U);
    const auto op = last<tree::WriteFile>();
    EXPECT_TRUE(op.create);
    EXPECT_EQ(content("f"), "one two three");
}

TEST_F(Saving, KeepsWhoDidIt) {
    ASSERT_EQ(shell("bash -c 'echo x > f; echo $$ > ../pid'"), 0);
    ASSERT_TRUE(store_.wait_for_entries(1));
    const auto entry = store_.entries().front();
    EXPECT_EQ(entry.actor.program, "bash");
    EXPECT_EQ(entry.actor.uid, ::geteuid());
    EXPECT_EQ(std::to_string(entry.actor.pid) + "\n", *read_file(directory_.path() + "/pid", 100));
}

// The shell duplicates and closes the descriptor before it writes: that close is not the end.
TEST_F(Saving, WaitsForTheWriteOfAShellRedirection) {
    ASSERT_EQ(save("f", "old"), 0);
    store_.forget_entries();
    ASSERT_EQ(shell("bash -c 'echo new > f'"), 0);
    ASSERT_TRUE(store_.wait_for_entries(1));
    EXPECT_EQ(entries(), 1U);
    EXPECT_EQ(content("f"), "new\n");
}

// Every child that inherits the descriptor closes it too.
TEST_F(Saving, IsNotEndedByAChildThatInheritsTheDescriptor) {
    UniqueFd fd(::open(at("f").c_str(), O_WRONLY | O_CREAT, 0640));  // without O_CLOEXEC
    ASSERT_EQ(::write(fd.get(), "one ", 4), 4);
    ASSERT_EQ(shell("/bin/true"), 0);
    ASSERT_EQ(::write(fd.get(), "two", 3), 3);
    EXPECT_EQ(entries(), 0U);
    fd.reset();
    EXPECT_EQ(content("f"), "one two");
    EXPECT_EQ(entries(), 1U);
}

TEST_F(Saving, IsOverAtFsync) {
    const UniqueFd fd = open("f", O_WRONLY | O_CREAT);
    ASSERT_EQ(::write(fd.get(), "a", 1), 1);
    ASSERT_EQ(::fsync(fd.get()), 0);
    EXPECT_EQ(content("f"), "a");
    ASSERT_EQ(::write(fd.get(), "b", 1), 1);
    EXPECT_EQ(content("f"), "a");
    ASSERT_EQ(::fdatasync(fd.get()), 0);
    EXPECT_EQ(content("f"), "ab");
}

TEST_F(Saving, MakesABareCreationAnEntryWhenTheLastDescriptorGoes) {
    UniqueFd fd = open("f", O_WRONLY | O_CREAT);
    const UniqueFd second = open("f", O_RDONLY);
    EXPECT_EQ(status("f").st_size, 0);
    EXPECT_EQ(status("f").st_ino, [&] {
        struct stat attributes {};
        ::fstat(second.get(), &attributes);
        return attributes.st_ino;
    }());
    EXPECT_EQ(entries(), 0U);
    fd.reset();
    EXPECT_EQ(status("f").st_size, 0);
    UniqueFd(::dup(second.get())).reset();
    EXPECT_EQ(entries(), 0U);
    const_cast<UniqueFd&>(second).reset();
    ASSERT_TRUE(store_.wait_for_entries(1));
    EXPECT_TRUE(last<tree::WriteFile>().create);
}

TEST_F(Saving, HidesATruncationUntilItIsCommitted) {
    ASSERT_EQ(save("f", "content"), 0);
    UniqueFd fd = open("f", O_WRONLY | O_TRUNC);
    EXPECT_EQ(content("f"), "content");
    ASSERT_EQ(::write(fd.get(), "x", 1), 1);
    EXPECT_EQ(content("f"), "content");
    fd.reset();
    EXPECT_EQ(content("f"), "x");
}

// The kernel lets go of the file after close has returned, so the close alone promises nothing.
TEST_F(Saving, CommitsABareTruncationOnceTheFileIsLetGo) {
    ASSERT_EQ(save("f", "content"), 0);
    store_.forget_entries();
    ASSERT_EQ(shell("bash -c ': > f'"), 0);
    ASSERT_TRUE(store_.wait_for_entries(1));
    EXPECT_EQ(content("f"), "");
}

TEST_F(Saving, KeepsTheLinesOfAllWhoAppend) {
    constexpr int lines = 50;
    std::vector<std::thread> writers;
    writers.reserve(4);
    for (int writer = 0; writer < 4; ++writer) {
        writers.emplace_back([this, writer] {
            for (int i = 0; i < lines; ++i)
                EXPECT_EQ(save("log", std::to_string(writer) + "\n", O_WRONLY | O_CREAT | O_APPEND),
                          0);
        });
    }
    for (std::thread& writer : writers)
        writer.join();
    EXPECT_EQ(content("log").size(), 4U * lines * 2);
}

// However steadily more comes: the next line is written before the last one's second is over.
TEST_F(Saving, CommitsASteadyAppendersLines) {
    ASSERT_EQ(save("log", ""), 0);
    ASSERT_TRUE(store_.wait_for_entries(1));
    const UniqueFd fd = open("log", O_WRONLY | O_APPEND);
    const std::size_t before = entries();
    for (int line = 0; line < 50 && entries() == before; ++line) {
        ASSERT_EQ(::write(fd.get(), "line\n", 5), 5);
        std::this_thread::sleep_for(std::chrono::milliseconds(100));  // what the appender does
    }
    EXPECT_GT(entries(), before);
}

TEST_F(Saving, IsOverAtEveryWriteWithOSync) {
    for (const int flag : {O_SYNC, O_DSYNC}) {
        const UniqueFd fd = open("f", O_WRONLY | O_CREAT | O_TRUNC | flag);
        ASSERT_EQ(::write(fd.get(), "a", 1), 1);
        EXPECT_EQ(content("f"), "a");
        ASSERT_EQ(::write(fd.get(), "b", 1), 1);
        EXPECT_EQ(content("f"), "ab");
        store_.set_writable(Code::no_space);
        EXPECT_EQ(error_of(::write(fd.get(), "c", 1)), ENOSPC);
        store_.set_writable(Code::ok);
    }
}

TEST_F(Saving, AppendsWhereAWriteAsksForIt) {
    ASSERT_EQ(save("f", "one"), 0);
    const UniqueFd first = open("f", O_WRONLY);
    const UniqueFd second = open("f", O_WRONLY);
    for (const UniqueFd* fd : {&first, &second, &first}) {
        const iovec bytes{const_cast<char*>("+x"), 2};
        ASSERT_EQ(::pwritev2(fd->get(), &bytes, 1, 0, RWF_APPEND), 2);
    }
    ASSERT_EQ(::fsync(first.get()), 0);
    ASSERT_EQ(::fsync(second.get()), 0);
    EXPECT_EQ(content("f"), "one+x+x+x");
}

// Who waits for another's save does not get its error, and does not hide it either.
TEST_F(Saving, FailsNobodyElse) {
    for (const bool moves : {false, true}) {
        ASSERT_EQ(save("f", "x"), 0);
        const UniqueFd fd = open("f", O_WRONLY | O_APPEND);
        store_.hold();
        ASSERT_EQ(::write(fd.get(), "y", 1), 1);  // saved in a second: nobody waits for it
        ASSERT_TRUE(store_.wait_for_waiting(1));
        store_.fail_next(Code::no_space);
        int error = -1;
        std::thread other([&] {
            error = moves ? error_of(::rename(at("f").c_str(), at("g").c_str()))
                          : error_of(::unlink(at("f").c_str()));
        });
        // The rename waits for the save; the unlink goes its own way.
        if (!moves) {
            ASSERT_TRUE(store_.wait_for_waiting(2));
        }
        store_.go_on();
        other.join();
        EXPECT_EQ(error, 0);
        EXPECT_EQ(error_of(::fsync(fd.get())), ENOSPC);
    }
}

TEST_F(Saving, ShowsTheTimeThatStays) {
    UniqueFd fd = open("f", O_WRONLY | O_CREAT);
    ASSERT_EQ(::write(fd.get(), "x", 1), 1);
    struct stat before {};
    ASSERT_EQ(::fstat(fd.get(), &before), 0);
    ASSERT_EQ(::close(fd.release()), 0);
    const auto after = status("f");
    EXPECT_EQ(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
    EXPECT_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
    EXPECT_EQ(after.st_ino, before.st_ino);
    EXPECT_LT(after.st_ino, 1ULL << 53);
    EXPECT_EQ(shell("sync; echo 2 > /proc/sys/vm/drop_caches; true"), 0);
    EXPECT_EQ(status("f").st_ino, before.st_ino);
    EXPECT_EQ(shell("test $(ls -i f | cut -d' ' -f1) = " + std::to_string(before.st_ino)), 0);
}

TEST_F(Saving, IsOverAtTheFirstCloseOfADescription) {
    const UniqueFd fd = open("f", O_WRONLY | O_CREAT);
    UniqueFd copy(::dup(fd.get()));
    ASSERT_EQ(::write(fd.get(), "x", 1), 1);
    ASSERT_EQ(::close(copy.release()), 0);
    EXPECT_EQ(content("f"), "x");
}

TEST_F(Saving, CommitsAppendsAfterASecondOfSilence) {
    // Nobody waits for the entry of an empty file but who looks for it.
    ASSERT_EQ(save("log", ""), 0);
    ASSERT_TRUE(store_.wait_for_entries(1));
    const UniqueFd fd = open("log", O_WRONLY | O_APPEND);
    const UniqueFd other = open("log", O_WRONLY);
    const std::size_t before = entries();
    ASSERT_EQ(::write(other.get(), "never by itself", 15), 15);
    ASSERT_EQ(::write(fd.get(), "line\n", 5), 5);
    ASSERT_TRUE(store_.wait_for_entries(before + 1));
    EXPECT_EQ(content("log"), "line\n");
}

// Open, lock, read, write, close: no count may be lost.
TEST_F(Saving, CountsRightUnderFlock) {
    ASSERT_EQ(save("counter", "0"), 0);
    const auto count = [this] {
        for (int i = 0; i < 50; ++i) {
            const UniqueFd fd = open("counter", O_RDWR);
            ASSERT_EQ(::flock(fd.get(), LOCK_EX), 0);
            const std::string next = std::to_string(std::stoi(read_at(fd, 0, 20)) + 1);
            ASSERT_GT(::pwrite(fd.get(), next.data(), next.size(), 0), 0);
        }
    };
    std::thread first(count);
    std::thread second(count);
    first.join();
    second.join();
    EXPECT_EQ(content("counter"), "100");
}

TEST_F(Saving, SavesAPendingFileBeforeItIsRenamed) {
    const UniqueFd fd = open("tmp", O_WRONLY | O_CREAT);
    ASSERT_EQ(::write(fd.get(), "all of it", 9), 9);
    ASSERT_EQ(::rename(at("tmp").c_str(), at("final").c_str()), 0);
    EXPECT_EQ(content("final"), "all of it");
}

TEST_F(Saving, MakesNoEntryOfAFileThatIsRemovedBeforeItIsSaved) {
    UniqueFd fd = open("f", O_RDWR | O_CREAT);
    ASSERT_EQ(::write(fd.get(), "scratch", 7), 7);
    ASSERT_EQ(::unlink(at("f").c_str()), 0);
    EXPECT_EQ(read_at(fd, 0, 20), "scratch");
    ASSERT_EQ(::close(fd.release()), 0);
    EXPECT_EQ(entries(), 0U);
}

TEST_F(Saving, LetsAFileGoOnThatWasRemovedOrReplaced) {
    ASSERT_EQ(save("f", "old"), 0);
    const UniqueFd fd = open("f", O_RDWR);
    ASSERT_EQ(::unlink(at("f").c_str()), 0);
    ASSERT_EQ(::pwrite(fd.get(), "X", 1, 0), 1);
    ASSERT_EQ(::fsync(fd.get()), 0);
    EXPECT_EQ(read_at(fd, 0, 10), "Xld");
    struct stat attributes {};
    ASSERT_EQ(::fstat(fd.get(), &attributes), 0);
    EXPECT_EQ(attributes.st_nlink, 0U);
}

TEST_F(Saving, CarriesTimesThatTheWriterSets) {
    const timespec times[2] = {{1'000'000, 5}, {1'000'000, 5}};
    UniqueFd fd = open("f", O_WRONLY | O_CREAT);
    ASSERT_EQ(::write(fd.get(), "x", 1), 1);
    ASSERT_EQ(::futimens(fd.get(), times), 0);
    fd.reset();
    EXPECT_EQ(entries(), 1U);
    EXPECT_EQ(status("f").st_mtim.tv_sec, 1'000'000);
    EXPECT_EQ(status("f").st_mtim.tv_nsec, 5);
}

TEST_F(Saving, MakesATouchedFileWithItsTimes) {
    ASSERT_EQ(shell("touch -d @1000000 new"), 0);
    EXPECT_EQ(status("new").st_mtim.tv_sec, 1'000'000);
    EXPECT_EQ(entries(), 1U);
}

TEST_F(Saving, TellsTheCloseWhatFailed) {
    UniqueFd fd = open("f", O_WRONLY | O_CREAT);
    ASSERT_EQ(::write(fd.get(), "x", 1), 1);
    store_.set_writable(Code::no_space);
    EXPECT_EQ(error_of(::close(fd.release())), ENOSPC);
    store_.set_writable(Code::ok);
    EXPECT_EQ(error_of(::access(at("f").c_str(), F_OK)), ENOENT);
}

TEST_F(Saving, CopiesWithinTheMount) {
    ASSERT_EQ(save("a", std::string(300'000, 'a')), 0);
    ASSERT_EQ(shell("cp a b && cat a > c && cmp a b && cmp a c"), 0);
}

TEST_F(Saving, ExtendsByFallocate) {
    const UniqueFd fd = open("f", O_RDWR | O_CREAT);
    ASSERT_EQ(::fallocate(fd.get(), 0, 0, 100), 0);
    EXPECT_EQ(error_of(::fallocate(fd.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 10)),
              EOPNOTSUPP);
    ASSERT_EQ(::fsync(fd.get()), 0);
    EXPECT_EQ(content("f"), std::string(100, '\0'));
}

}  // namespace
}  // namespace pmx::fuse
