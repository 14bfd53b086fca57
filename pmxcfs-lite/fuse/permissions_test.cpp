#include <string>

#include "tests/support/mount_test.h"

namespace pmx::fuse {
namespace {

class Permissions : public test::MountTest {
  protected:
    [[nodiscard]] mode_t mode_of_file(const std::string& path) const {
        return status(path).st_mode & 07777;
    }
    [[nodiscard]] static int keep_owner(const UniqueFd& fd) {
        return ::fchown(fd.get(), ::geteuid(), ::getegid());
    }
    [[nodiscard]] UniqueFd make(const std::string& path, int flags, mode_t mode) const {
        return UniqueFd(::open(at(path).c_str(), O_CREAT | O_CLOEXEC | flags, mode));
    }
};

// As tar does it for root.
TEST_F(Permissions, AreThoseItWasMadeWithWhenItsMakerSaysWhoseItIs) {
    for (const int exclusive : {0, O_EXCL}) {
        const std::string name = "f" + std::to_string(exclusive);
        UniqueFd fd = make(name, O_WRONLY | exclusive, 0600);
        ASSERT_EQ(::write(fd.get(), "secret", 6), 6);
        EXPECT_EQ(shell("test $(stat -c %a " + name + ") = 640"), 0);
        ASSERT_EQ(keep_owner(fd), 0);
        EXPECT_EQ(mode_of_file(name), 0600U);
        fd.reset();
        EXPECT_EQ(mode_of_file(name), 0600U);
        EXPECT_EQ(content(name), "secret");
    }
    UniqueFd wide = make("wide", O_WRONLY | O_EXCL, 0666);
    ASSERT_EQ(keep_owner(wide), 0);
    EXPECT_EQ(mode_of_file("wide"), 0640U);
}

TEST_F(Permissions, OfDirectoriesAreThoseTheyWereMadeWithToo) {
    for (const char* name : {"a", "b"})
        ASSERT_EQ(::mkdir(at(name).c_str(), 0700), 0);
    for (const char* name : {"a", "b"}) {
        EXPECT_EQ(shell(std::string("test $(stat -c %a ") + name + ") = 755"), 0);
        ASSERT_EQ(::chown(at(name).c_str(), ::geteuid(), ::getegid()), 0);
        EXPECT_EQ(mode_of_file(name), 0700U);
    }
    ASSERT_EQ(::mkdir(at("c").c_str(), 0700), 0);
    ASSERT_EQ(shell("chown $(id -u):$(id -g) c"), 0);
    EXPECT_EQ(mode_of_file("c"), 0755U) << "another program said it";
}

TEST_F(Permissions, OfAFileThatIsGoneAreThoseOfItsLastPlace) {
    ASSERT_EQ(shell("mkdir d d/e && echo x >d/f"), 0);
    const UniqueFd file = open("d/f", O_PATH);
    const UniqueFd directory = open("d/e", O_PATH);
    // Another node does it: nothing here looks at the names.
    const auto place = [](const char* path) { return tree::Ref{tree::root_inode, path}; };
    ASSERT_EQ(store_.apply(tree::Rename{.from = place("d"), .to = place("priv/d")}).result,
              Code::ok);
    ASSERT_EQ(store_.apply(tree::RemoveFile{place("priv/d/f")}).result, Code::ok);
    ASSERT_EQ(store_.apply(tree::RemoveDirectory{place("priv/d/e")}).result, Code::ok);
    struct stat attributes {};
    ASSERT_EQ(::fstat(file.get(), &attributes), 0);
    EXPECT_EQ(attributes.st_mode, mode_t{S_IFREG | 0600});
    ASSERT_EQ(::fstat(directory.get(), &attributes), 0);
    EXPECT_EQ(attributes.st_mode, mode_t{S_IFDIR | 0700});
}

// As rsync and logrotate do it: they set what differs from what they saw.
TEST_F(Permissions, AreThoseThatItsMakerSaw) {
    ASSERT_EQ(::mkdir(at("d").c_str(), 0700), 0);
    EXPECT_EQ(mode_of_file("d"), 0755U);
    ASSERT_EQ(::chown(at("d").c_str(), ::geteuid(), ::getegid()), 0);
    EXPECT_EQ(mode_of_file("d"), 0755U);
    const UniqueFd fd = make("f", O_WRONLY | O_EXCL, 0600);
    struct stat attributes {};
    ASSERT_EQ(::fstat(fd.get(), &attributes), 0);
    ASSERT_EQ(keep_owner(fd), 0);
    EXPECT_EQ(mode_of_file("f"), attributes.st_mode & 07777);
}

TEST_F(Permissions, AreThoseThatWereSetLast) {
    const UniqueFd fd = make("f", O_WRONLY | O_EXCL, 0600);
    ASSERT_EQ(::fchmod(fd.get(), 0640), 0);
    ASSERT_EQ(keep_owner(fd), 0);
    EXPECT_EQ(mode_of_file("f"), 0640U);

    const UniqueFd other = make("g", O_WRONLY | O_EXCL, 0400);
    ASSERT_EQ(keep_owner(other), 0);
    ASSERT_EQ(::fchmod(other.get(), 0600), 0);
    ASSERT_EQ(keep_owner(other), 0);
    EXPECT_EQ(mode_of_file("g"), 0600U);
}

TEST_F(Permissions, AreThoseOfThePlaceForWhoFindsTheFileThere) {
    ASSERT_EQ(save("f", "x"), 0);
    const UniqueFd there = make("f", O_WRONLY, 0600);
    ASSERT_EQ(keep_owner(there), 0);
    EXPECT_EQ(mode_of_file("f"), 0640U);
}

}  // namespace
}  // namespace pmx::fuse
