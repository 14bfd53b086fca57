// A mount over a store in memory, for the tests of fuse/.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/unique_fd.h"
#include "fuse/mount.h"
#include "tests/support/memory_store.h"
#include "tests/support/temporary_directory.h"

namespace pmx::test {

class MountTest : public testing::Test {
  protected:
    MountTest() : store_(mount_) {}

    void SetUp() override {
        fuse::MountOptions options;
        options.mountpoint = directory_.path() + "/mount";
        const auto started = mount_.start(options, store_);
        ASSERT_TRUE(started) << started.error().message();
    }
    void TearDown() override { mount_.stop(); }

    [[nodiscard]] std::string at(const std::string& path) const {
        return directory_.path() + "/mount/" + path;
    }
    [[nodiscard]] UniqueFd open(const std::string& path, int flags) const {
        return UniqueFd(::open(at(path).c_str(), flags | O_CLOEXEC, 0640));
    }
    // Opens, writes all in one call, closes; 0 or the errno.
    int save(const std::string& path, std::string_view text,
             int flags = O_WRONLY | O_CREAT | O_TRUNC) const {
        UniqueFd fd = open(path, flags);
        if (!fd) return errno;
        if (::write(fd.get(), text.data(), text.size()) < 0) return errno;
        return ::close(fd.release()) == 0 ? 0 : errno;
    }
    [[nodiscard]] std::string content(const std::string& path) const {
        const auto bytes = read_file(at(path), 64U << 20);
        return bytes ? *bytes : bytes.error().message();
    }
    [[nodiscard]] static std::string read_at(const UniqueFd& fd, off_t offset, std::size_t size) {
        std::string bytes(size, '\0');
        const ssize_t got = ::pread(fd.get(), bytes.data(), size, offset);
        bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return bytes;
    }
    [[nodiscard]] struct stat status(const std::string& path) const {
        struct stat attributes {};
        EXPECT_EQ(::lstat(at(path).c_str(), &attributes), 0) << path;
        return attributes;
    }
    // In the mount's directory; its exit code.
    [[nodiscard]] int shell(const std::string& command) const {
        const int status = std::system(("cd '" + at("") + "' && " + command).c_str());
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    [[nodiscard]] std::size_t entries() const { return store_.entries().size(); }
    template <typename Op>
    [[nodiscard]] Op last() const {
        const auto entries = store_.entries();
        if (entries.empty() || !std::holds_alternative<Op>(entries.back().op)) {
            ADD_FAILURE() << "the last entry is another one";
            return {};
        }
        return std::get<Op>(entries.back().op);
    }

    TemporaryDirectory directory_;
    fuse::Mount mount_;
    MemoryStore store_;
};

// The errno of a call that must fail, 0 when it does not.
inline int error_of(long result) {
    return result < 0 ? errno : 0;
}

}  // namespace pmx::test
