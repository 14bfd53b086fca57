// Names, attributes, permissions and limits of STORE.md.
#include <dirent.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include <array>
#include <cstdio>

#include "tests/support/mount_test.h"
#include "tree/limits.h"

namespace pmx::fuse {
namespace {

using test::error_of;
using Names = test::MountTest;

TEST_F(Names, AreMadeOnce) {
    ASSERT_EQ(::mkdir(at("d").c_str(), 0755), 0);
    EXPECT_EQ(error_of(::mkdir(at("d").c_str(), 0755)), EEXIST);
    EXPECT_TRUE(open("d/f", O_WRONLY | O_CREAT | O_EXCL));
    EXPECT_FALSE(open("d/f", O_WRONLY | O_CREAT | O_EXCL));
    EXPECT_EQ(errno, EEXIST);
    EXPECT_EQ(error_of(::rmdir(at("d").c_str())), ENOTEMPTY);
    EXPECT_EQ(error_of(::unlink(at("d").c_str())), EISDIR);
    EXPECT_EQ(error_of(::rmdir(at("d/f").c_str())), ENOTDIR);
}

TEST_F(Names, OfFilesNotSavedYetAreTakenToo) {
    ASSERT_EQ(::mkdir(at("d").c_str(), 0755), 0);
    const UniqueFd fd = open("d/pending", O_WRONLY | O_CREAT);
    EXPECT_EQ(error_of(::mkdir(at("d/pending").c_str(), 0755)), EEXIST);
    EXPECT_FALSE(open("d/pending", O_WRONLY | O_CREAT | O_EXCL));
    EXPECT_EQ(error_of(::rmdir(at("d").c_str())), ENOTEMPTY);
    EXPECT_EQ(shell("test \"$(ls d)\" = pending"), 0);
}

TEST_F(Names, AreCheckedWhenAFileIsOpened) {
    EXPECT_FALSE(open(std::string(256, 'x'), O_WRONLY | O_CREAT));
    EXPECT_EQ(errno, ENAMETOOLONG);
    EXPECT_FALSE(open("bell\a", O_WRONLY | O_CREAT));
    EXPECT_EQ(errno, EINVAL);
    EXPECT_FALSE(open("latin1-\xe4", O_WRONLY | O_CREAT));
    EXPECT_EQ(errno, EINVAL);
    EXPECT_TRUE(open(std::string(255, 'x'), O_WRONLY | O_CREAT));
}

TEST_F(Names, AreRenamedAtomically) {
    ASSERT_EQ(save("a", "a"), 0);
    ASSERT_EQ(save("b", "b"), 0);
    const auto rename_with = [this](unsigned flags) {
        return error_of(::renameat2(AT_FDCWD, at("a").c_str(), AT_FDCWD, at("b").c_str(), flags));
    };
    EXPECT_EQ(rename_with(RENAME_NOREPLACE), EEXIST);
    EXPECT_EQ(rename_with(RENAME_EXCHANGE), EINVAL);
    EXPECT_EQ(rename_with(RENAME_WHITEOUT), EINVAL);
    EXPECT_EQ(rename_with(0), 0);
    EXPECT_EQ(content("b"), "a");
    ASSERT_EQ(shell("mkdir -p d/e full/x empty && echo x > d/e/f && mv -T d empty"), 0);
    EXPECT_EQ(content("empty/e/f"), "x\n");
    EXPECT_EQ(error_of(::rename(at("empty").c_str(), at("full").c_str())), ENOTEMPTY);
    EXPECT_EQ(error_of(::rename(at("full").c_str(), at("full/x/y").c_str())), EINVAL);
}

TEST_F(Names, OfOtherKindsAreRefused) {
    ASSERT_EQ(save("f", ""), 0);
    EXPECT_EQ(error_of(::symlink("f", at("s").c_str())), EPERM);
    EXPECT_EQ(error_of(::link(at("f").c_str(), at("l").c_str())), EPERM);
    EXPECT_EQ(error_of(::mkfifo(at("p").c_str(), 0600)), EPERM);
    EXPECT_EQ(error_of(::setxattr(at("f").c_str(), "user.x", "v", 1, 0)), EOPNOTSUPP);
    EXPECT_FALSE(open("", O_TMPFILE | O_RDWR));
    EXPECT_EQ(errno, EOPNOTSUPP);
    EXPECT_EQ(::mknod(at("regular").c_str(), S_IFREG | 0640, 0), 0);
}

TEST_F(Names, AreListedWholeWhileTheyGo) {
    ASSERT_EQ(shell("mkdir d && cd d && touch $(seq 1 500) && rm -r ../d"), 0);
    EXPECT_EQ(error_of(::access(at("d").c_str(), F_OK)), ENOENT);
}

TEST_F(Names, OfAGuestExistOnceInTheCluster) {
    ASSERT_EQ(shell("mkdir -p nodes/other/qemu-server && touch qemu-server/100.conf"), 0);
    ASSERT_TRUE(store_.wait_for_entries(3));
    EXPECT_FALSE(open("nodes/other/qemu-server/100.conf", O_WRONLY | O_CREAT));
    EXPECT_EQ(errno, EEXIST);
    EXPECT_EQ(shell("mv nodes/node1/qemu-server/100.conf nodes/other/qemu-server/"), 0);
}

TEST_F(Names, OfLocksBelongToTheirNode) {
    ASSERT_EQ(::mkdir(at("priv/lock/l").c_str(), 0755), 0);
    EXPECT_EQ(error_of(::mkdir(at("priv/lock/l").c_str(), 0755)), EEXIST);
    ASSERT_EQ(::utimensat(AT_FDCWD, at("priv/lock/l").c_str(), nullptr, 0), 0);
    EXPECT_NE(to_ns(last<tree::SetTimes>().mtime), 0);
    const timespec zero[2] = {{0, 0}, {0, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, at("priv/lock/l").c_str(), zero, 0), 0);
    EXPECT_EQ(to_ns(last<tree::SetTimes>().mtime), 0);
    EXPECT_EQ(::rmdir(at("priv/lock/l").c_str()), 0);
}

using Attributes = test::MountTest;

TEST_F(Attributes, FollowFromThePlace) {
    ASSERT_EQ(shell("touch f && mkdir priv/d && touch priv/d/f"), 0);
    EXPECT_EQ(status("f").st_mode, mode_t{S_IFREG | 0640});
    EXPECT_EQ(status("nodes").st_mode, mode_t{S_IFDIR | 0755});
    EXPECT_EQ(status("priv/d").st_mode, mode_t{S_IFDIR | 0700});
    EXPECT_EQ(status("priv/d/f").st_mode, mode_t{S_IFREG | 0600});
    EXPECT_EQ(status("nodes/node1/priv").st_mode, mode_t{S_IFDIR | 0700});
    const std::size_t before = entries();
    for (const char* path : {"f", "priv/d/f"}) {
        const mode_t mode = status(path).st_mode;
        for (const mode_t more : {0644U, 0755U})
            EXPECT_EQ(::chmod(at(path).c_str(), more), 0);
        EXPECT_EQ(status(path).st_mode, mode) << "more is not to be had";
        for (const mode_t wrong : {0660U, 0666U, 0602U, 04755U, 02755U, 01755U})
            EXPECT_EQ(error_of(::chmod(at(path).c_str(), wrong)), EPERM) << std::oct << wrong;
        const auto attributes = status(path);
        EXPECT_EQ(::chown(at(path).c_str(), attributes.st_uid, attributes.st_gid), 0);
        EXPECT_EQ(error_of(::chown(at(path).c_str(), attributes.st_uid + 1, attributes.st_gid)),
                  EPERM);
        EXPECT_EQ(error_of(::chown(at(path).c_str(), attributes.st_uid, 12'345)), EPERM);
    }
    EXPECT_EQ(entries(), before) << "none of that is a change";
}

TEST_F(Attributes, GiveLessWhereLessIsAskedFor) {
    ASSERT_EQ(shell("echo x > f && mkdir d"), 0);
    const timespec mtime = status("f").st_mtim;
    for (const mode_t less : {0600U, 0400U, 0U, 0440U}) {
        EXPECT_EQ(::chmod(at("f").c_str(), less), 0);
        EXPECT_EQ(status("f").st_mode, S_IFREG | less);
    }
    EXPECT_EQ(status("f").st_mtim.tv_nsec, mtime.tv_nsec);
    EXPECT_EQ(::chmod(at("d").c_str(), 0700), 0);
    EXPECT_EQ(status("d").st_mode, mode_t{S_IFDIR | 0700});
    EXPECT_EQ(::chmod(at("f").c_str(), 0600), 0);
    EXPECT_EQ(shell("mv f priv/f && mv priv/f g"), 0);
    EXPECT_EQ(status("g").st_mode, mode_t{S_IFREG | 0600});
    EXPECT_EQ(::chmod(at("g").c_str(), 0644), 0);
    EXPECT_EQ(status("g").st_mode, mode_t{S_IFREG | 0640});
}

// The mode of open(2) is the program's guess, as Proxmox's filesystem sees it: openssl and cp make
// the keys with 0600 that daemons of the group are to read. What chmod says is meant.
TEST_F(Attributes, OfANewFileAreNotThoseOfOpenOrTheUmask) {
    const mode_t umask = ::umask(077);
    EXPECT_TRUE(UniqueFd(::open(at("f").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)));
    EXPECT_TRUE(UniqueFd(::open(at("g").c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666)));
    EXPECT_EQ(::mkdir(at("d").c_str(), 0700), 0);
    ::umask(umask);
    EXPECT_EQ(status("f").st_mode, mode_t{S_IFREG | 0640});
    EXPECT_EQ(status("g").st_mode, mode_t{S_IFREG | 0640});
    EXPECT_EQ(status("d").st_mode, mode_t{S_IFDIR | 0755});
}

// As cp -p and python do it.
TEST_F(Attributes, AreThereBeforeTheContentIs) {
    UniqueFd fd = open("f", O_WRONLY | O_CREAT);
    ASSERT_EQ(::write(fd.get(), "secret", 6), 6);
    EXPECT_EQ(error_of(::fchmod(fd.get(), 0660)), EPERM);
    EXPECT_EQ(::fchmod(fd.get(), 0644), 0);
    EXPECT_EQ(entries(), 0U) << "the file was made for nothing";
    ASSERT_EQ(::fchmod(fd.get(), 0600), 0);
    EXPECT_EQ(status("f").st_mode, mode_t{S_IFREG | 0600});
    {
        const ports::TreeView tree = store_.read();
        const tree::Node* node = tree->child(tree::root_inode, "f");
        ASSERT_NE(node, nullptr);
        EXPECT_EQ(*node->content, "") << "it could be read before the mode was there";
        EXPECT_EQ(node->withheld, (tree::Withheld{0040, false}));
    }
    fd.reset();
    EXPECT_EQ(content("f"), "secret");
    EXPECT_EQ(status("f").st_mode, mode_t{S_IFREG | 0600});
}

TEST_F(Attributes, OfAFileWithoutANameAreItsOwn) {
    UniqueFd fd = open("f", O_RDWR | O_CREAT | O_EXCL);
    ASSERT_EQ(shell("rm f"), 0);
    const std::size_t before = entries();
    EXPECT_EQ(::fchmod(fd.get(), 0400), 0);
    struct stat attributes {};
    EXPECT_EQ(::fstat(fd.get(), &attributes), 0);
    EXPECT_EQ(attributes.st_mode, mode_t{S_IFREG | 0400});
    EXPECT_EQ(entries(), before);
}

TEST_F(Attributes, OfVirtualNamesTakeNoLess) {
    EXPECT_EQ(::chmod(at(".version").c_str(), 0644), 0);
    EXPECT_EQ(error_of(::chmod(at(".version").c_str(), 0400)), EPERM);
    EXPECT_EQ(error_of(::chmod(at(".debug").c_str(), 0600)), EPERM);
    EXPECT_EQ(status(".debug").st_mode, mode_t{S_IFREG | 0640});
}

TEST_F(Attributes, OfLinksAreKeptForWhoLooksAtThemAgain) {
    EXPECT_EQ(status("local").st_mtim.tv_sec, 0);
    ASSERT_EQ(save("f", "x"), 0);
    EXPECT_EQ(status("local").st_mtim.tv_sec, 0) << "it is no other link than before";
    const std::array<timespec, 2> times{{{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, {1'000'000, 7}}};
    const auto set = [&](const char* name) {
        return ::utimensat(AT_FDCWD, at(name).c_str(), times.data(), AT_SYMLINK_NOFOLLOW);
    };
    EXPECT_EQ(set("local"), 0);
    EXPECT_EQ(status("local").st_mtim.tv_sec, 1'000'000);
    EXPECT_EQ(status("local").st_mtim.tv_nsec, 7);
    EXPECT_EQ(status("lxc").st_mtim.tv_sec, 0);
    EXPECT_EQ(error_of(set(".version")), EPERM);
}

class AttributesOfLevel1 : public test::MountTest {
  protected:
    AttributesOfLevel1() { store_.set_level(1); }
};

// A program that knows no modes would not know the operation.
TEST_F(AttributesOfLevel1, AreFixed) {
    ASSERT_EQ(shell("touch f && touch priv/f"), 0);
    const std::size_t before = entries();
    EXPECT_EQ(::chmod(at("f").c_str(), 0644), 0);
    EXPECT_EQ(error_of(::chmod(at("f").c_str(), 0600)), EPERM);
    EXPECT_EQ(error_of(::chmod(at("priv/f").c_str(), 0400)), EPERM);
    EXPECT_EQ(::chmod(at("priv/f").c_str(), 0600), 0);
    EXPECT_EQ(entries(), before);
}

// As rsync and install do it; the mode that stays is judged all the same.
TEST_F(AttributesOfLevel1, LetAFileBeClosedToOthersWhileItIsMade) {
    UniqueFd fd = open("f", O_WRONLY | O_CREAT | O_EXCL);
    EXPECT_EQ(::fchmod(fd.get(), 0600), 0);
    ASSERT_EQ(::write(fd.get(), "x", 1), 1);
    EXPECT_EQ(::fchmod(fd.get(), 0600), 0);
    ASSERT_EQ(::fsync(fd.get()), 0);
    EXPECT_EQ(error_of(::fchmod(fd.get(), 0600)), EPERM);
    EXPECT_EQ(::fchmod(fd.get(), 0644), 0);
    fd.reset();
    EXPECT_EQ(error_of(::chmod(at("f").c_str(), 0600)), EPERM);
}

TEST_F(Attributes, KeepOthersOutOfPriv) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root to be somebody else";
    ASSERT_EQ(shell("echo secret > priv/f && echo public > f"), 0);
    ASSERT_EQ(::chmod(directory_.path().c_str(), 0755), 0);
    const std::string nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups ";
    EXPECT_EQ(shell(nobody + "ls . >/dev/null"), 0);
    EXPECT_NE(shell(nobody + "cat f 2>/dev/null"), 0);
    EXPECT_NE(shell(nobody + "cat priv/f 2>/dev/null"), 0);
    EXPECT_NE(shell(nobody + "ls priv 2>/dev/null"), 0);
    EXPECT_NE(shell(nobody + "touch new 2>/dev/null"), 0);
}

TEST_F(Attributes, TellWhoWroteAndWhen) {
    ASSERT_EQ(save("f", "x"), 0);
    std::string value(100, '\0');
    const auto get = [&](const char* name) {
        const ssize_t size = ::getxattr(at("f").c_str(), name, value.data(), value.size());
        return size < 0 ? std::string(strerrorname_np(errno))
                        : value.substr(0, static_cast<std::size_t>(size));
    };
    EXPECT_EQ(get("user.pmx.writer"), "1");
    EXPECT_GT(std::stoi(get("user.pmx.index")), 0);
    EXPECT_EQ(get("user.pmx.time").size(), std::string("2026-01-01T00:00:00Z").size());
    EXPECT_EQ(get("user.other"), "ENODATA");
    EXPECT_EQ(get("security.capability"), "ENODATA");
}

// What copies a file sets on the copy what is listed, and nothing can be set.
TEST_F(Attributes, ListNoneThatCannotBeSet) {
    ASSERT_EQ(save("f", "x"), 0);
    EXPECT_EQ(::listxattr(at("f").c_str(), nullptr, 0), 0);
    EXPECT_EQ(shell("cp --preserve=xattr f g && cp --preserve=all f h"), 0);
    EXPECT_EQ(shell("! command -v rsync || rsync -aX f i"), 0);
}

TEST_F(Attributes, KeepTimesThatAreSet) {
    ASSERT_EQ(shell("touch f && touch -d @1000000 f nodes"), 0);
    EXPECT_EQ(status("f").st_mtim.tv_sec, 1'000'000);
    EXPECT_EQ(shell("touch f"), 0);
    EXPECT_GT(status("f").st_mtim.tv_sec, 1'000'000);
}

using Limits = test::MountTest;

TEST_F(Limits, FailTheWriteBeforeAnythingIsSent) {
    const std::string most(tree::max_file_bytes, 'x');
    EXPECT_EQ(save("f", most), 0);
    const std::size_t before = entries();
    const UniqueFd fd = open("f", O_WRONLY | O_APPEND);
    EXPECT_EQ(error_of(::write(fd.get(), "x", 1)), EFBIG);
    const UniqueFd other = open("f", O_WRONLY);
    EXPECT_EQ(error_of(::pwrite(other.get(), "x", 1, tree::max_file_bytes)), EFBIG);
    EXPECT_EQ(error_of(::ftruncate(other.get(), tree::max_file_bytes + 1)), EFBIG);
    EXPECT_EQ(error_of(::truncate(at("f").c_str(), tree::max_file_bytes + 1)), EFBIG);
    EXPECT_EQ(entries(), before);
}

TEST_F(Limits, OfTheWholeStoreFailTheWriteToo) {
    const std::string most(tree::max_file_bytes, 'x');
    store_.keep_entries(false);
    for (std::uint64_t i = 0; i < tree::max_total_bytes / tree::max_file_bytes; ++i) {
        tree::WriteFile op{.at = {tree::root_inode, "f" + std::to_string(i)},
                           .create = true,
                           .edits = {},
                           .mtime = {}};
        op.edits.push_back({tree::Edit::Kind::write, 0, most});
        ASSERT_EQ(store_.apply(std::move(op)).result, Code::ok);
    }
    const UniqueFd fd = open("more", O_WRONLY | O_CREAT);
    EXPECT_EQ(error_of(::write(fd.get(), "x", 1)), ENOSPC);
    EXPECT_EQ(save("f0", most, O_WRONLY), 0);  // larger it does not get
    struct statvfs statistics {};
    ASSERT_EQ(::statvfs(at("").c_str(), &statistics), 0);
    EXPECT_EQ(statistics.f_bavail, 0U);
}

TEST_F(Limits, AreReported) {
    struct statvfs statistics {};
    ASSERT_EQ(::statvfs(at("").c_str(), &statistics), 0);
    EXPECT_EQ(statistics.f_blocks * statistics.f_frsize, tree::max_total_bytes);
    EXPECT_EQ(statistics.f_files, tree::max_inodes);
    EXPECT_EQ(statistics.f_namemax, tree::max_name_bytes);
}

}  // namespace
}  // namespace pmx::fuse
