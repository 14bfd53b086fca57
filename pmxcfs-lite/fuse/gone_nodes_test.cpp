// What went from the tree while a program had looked it up: served until the kernel forgets it.
#include "fuse/gone_nodes.h"

#include <sys/xattr.h>

#include <atomic>
#include <thread>

#include "tests/support/mount_test.h"

namespace pmx::fuse {
namespace {

using test::error_of;
using GoneNodesOfTheMount = test::MountTest;

KnownNode node_with(std::size_t size) {
    KnownNode node;
    node.content = std::make_shared<const std::string>(size, 'x');
    return node;
}

TEST(GoneNodes, LetTheOldestContentGoAtTheLimit) {
    GoneNodes gone;
    const std::size_t half = GoneNodes::max_content_bytes / 2;
    for (const NodeIdValue id : {1U, 2U, 3U})
        gone.add(id, node_with(half));
    EXPECT_EQ(gone.find(1)->content, nullptr);
    EXPECT_EQ(gone.find(1)->size, half);
    EXPECT_NE(gone.find(2)->content, nullptr);
    gone.remove(2);
    gone.add(4, node_with(half));
    EXPECT_NE(gone.find(3)->content, nullptr);
    gone.edited(4, std::make_shared<const std::string>(half + 1, 'y'), {});
    EXPECT_EQ(gone.find(3)->content, nullptr);
}

// An O_PATH descriptor is a name that was looked up and nothing more.
class LookedUp {
  public:
    explicit LookedUp(const std::string& path) : fd_(::open(path.c_str(), O_PATH | O_CLOEXEC)) {}
    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }
    [[nodiscard]] struct stat status() const {
        struct stat attributes {};
        EXPECT_EQ(::fstat(fd_.get(), &attributes), 0);
        return attributes;
    }
    [[nodiscard]] std::string writer() const {
        char value[32];
        const ssize_t size = ::getxattr(path().c_str(), "user.pmx.writer", value, sizeof value);
        return size < 0 ? std::string() : std::string(value, static_cast<std::size_t>(size));
    }

  private:
    UniqueFd fd_;
};

TEST_F(GoneNodesOfTheMount, AFileThatIsReplacedIsThereForWhoLookedItUp) {
    ASSERT_EQ(save("f", "old"), 0);
    const LookedUp old(at("f"));
    const auto before = old.status();
    ASSERT_EQ(save("new", "newer"), 0);
    ASSERT_EQ(::rename(at("new").c_str(), at("f").c_str()), 0);
    const auto after = old.status();
    EXPECT_EQ(after.st_ino, before.st_ino);
    EXPECT_EQ(after.st_size, 3);
    EXPECT_EQ(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
    EXPECT_EQ(after.st_nlink, 0U);
    EXPECT_EQ(old.writer(), "1");
    EXPECT_EQ(*read_file(old.path(), 100), "old");
    const UniqueFd fd(::open(old.path().c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_EQ(::pwrite(fd.get(), "X", 1, 0), 1);
    ASSERT_EQ(::fsync(fd.get()), 0);
    EXPECT_EQ(*read_file(old.path(), 100), "Xld");
    EXPECT_EQ(content("f"), "newer");
}

TEST_F(GoneNodesOfTheMount, SoIsAFileThatAnotherNodeRemoved) {
    ASSERT_EQ(save("priv/f", "secret"), 0);
    const LookedUp old(at("priv/f"));
    ASSERT_EQ(store_.apply(tree::RemoveFile{{tree::root_inode, "priv/f"}}).result, Code::ok);
    EXPECT_EQ(old.status().st_mode & 07777, 0600U);
    EXPECT_EQ(::truncate(old.path().c_str(), 2), 0);
    EXPECT_EQ(old.status().st_size, 2);
    EXPECT_EQ(error_of(::access(at("priv/f").c_str(), F_OK)), ENOENT);
}

TEST_F(GoneNodesOfTheMount, ItsModeGoesOnCountingAndCanBeChanged) {
    ASSERT_EQ(save("f", "secret"), 0);
    ASSERT_EQ(::chmod(at("f").c_str(), 0600), 0);
    const LookedUp old(at("f"));
    ASSERT_EQ(store_.apply(tree::RemoveFile{{tree::root_inode, "f"}}).result, Code::ok);
    EXPECT_EQ(old.status().st_mode & 07777, 0600U);
    EXPECT_EQ(::chmod(old.path().c_str(), 0400), 0);
    EXPECT_EQ(old.status().st_mode & 07777, 0400U);
}

TEST_F(GoneNodesOfTheMount, SoIsADirectory) {
    ASSERT_EQ(::mkdir(at("d").c_str(), 0755), 0);
    const UniqueFd fd = open("d", O_RDONLY | O_DIRECTORY);
    ASSERT_EQ(store_.apply(tree::RemoveDirectory{{tree::root_inode, "d"}}).result, Code::ok);
    struct stat attributes {};
    ASSERT_EQ(::fstat(fd.get(), &attributes), 0);
    EXPECT_EQ(attributes.st_nlink, 0U);
    EXPECT_GT(::fgetxattr(fd.get(), "user.pmx.index", nullptr, 0), 0);
    EXPECT_EQ(error_of(::openat(fd.get(), "f", O_WRONLY | O_CREAT, 0640)), ENOENT);
}

TEST_F(GoneNodesOfTheMount, NobodyMissesAFileThatIsReplacedAllTheTime) {
    ASSERT_EQ(save("f", "content"), 0);
    std::atomic<bool> done = false;
    std::thread replaces([&] {
        for (int i = 0; i < 500; ++i) {
            EXPECT_EQ(save("new", "content"), 0);
            EXPECT_EQ(::rename(at("new").c_str(), at("f").c_str()), 0);
        }
        done = true;
    });
    char value[32];
    while (!done) {
        EXPECT_EQ(status("f").st_size, 7);
        EXPECT_TRUE(open("f", O_RDONLY)) << errno;
        EXPECT_GT(::getxattr(at("f").c_str(), "user.pmx.index", value, sizeof value), 0) << errno;
    }
    replaces.join();
}

}  // namespace
}  // namespace pmx::fuse
