#include "fuse/mountpoint.h"

#include <dirent.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "base/file.h"
#include "base/log.h"

namespace pmx::fuse {
namespace {

// A mount that nobody serves: umount for root, fusermount3 (setuid) for the user who mounted it.
Result<void> take_dead_mount_away(const std::string& path) {
    log::warning("taking away a dead mount at " + path);
    if (::umount2(path.c_str(), MNT_DETACH) == 0) return {};
    if (errno != EPERM) return fail_errno(errno, "cannot unmount the dead mount at " + path);
    std::string program = "fusermount3";
    std::string options = "-uz";
    std::string target = path;
    char* const arguments[] = {program.data(), options.data(), target.data(), nullptr};
    pid_t child = 0;
    int status = 0;
    const int error = ::posix_spawnp(&child, "fusermount3", nullptr, nullptr, arguments, environ);
    if (error != 0) return fail_errno(error, "cannot run fusermount3");
    if (::waitpid(child, &status, 0) == child && status == 0) return {};
    return fail(Code::io_error,
                "cannot unmount the dead mount at " + path + ": try 'umount -l' as root");
}

Result<void> check_empty(const std::string& path) {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
    if (!directory) return fail_errno(errno, "cannot read " + path);
    while (const dirent* entry = ::readdir(directory.get())) {
        const std::string name = entry->d_name;
        if (name == "." || name == "..") continue;
        return fail(Code::not_empty, path + " is not empty ('" + name +
                                         "' is in it): move away what is there, or unmount what "
                                         "is mounted there");
    }
    return {};
}

}  // namespace

Result<void> prepare_mountpoint(const std::string& path) {
    struct stat attributes {};
    if (::stat(path.c_str(), &attributes) != 0) {
        const int error = errno;
        if (error == ENOTCONN || error == ECONNABORTED) {
            if (auto taken = take_dead_mount_away(path); !taken) return taken;
        } else if (error == ENOENT) {
            constexpr unsigned mode = 0755;
            if (auto made = make_directories(path, mode); !made) return made;
        } else {
            return fail_errno(error, "cannot use " + path + " as mountpoint");
        }
    }
    return check_empty(path);
}

}  // namespace pmx::fuse
