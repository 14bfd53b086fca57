#include "sqlite/state_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "base/file.h"

namespace pmx::sqlite {
namespace {

Result<void> rename_if_there(const std::string& from, const std::string& to) {
    if (::rename(from.c_str(), to.c_str()) == 0 || errno == ENOENT) return {};
    return fail_errno(errno, "cannot move " + from + " to " + to);
}

Result<void> sync_directory(const std::string& path) {
    const UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return fail_errno(errno, "cannot open " + path);
    if (::fsync(directory.get()) != 0) return fail_errno(errno, "cannot sync " + path);
    return {};
}

// The whole file, for as long as this descriptor or a copy of it is open.
struct flock whole_file(short type = F_WRLCK) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;
}

Error in_use(const std::string& directory, int lock_file) {
    auto holder = read_all(lock_file, 64, "the lock");
    const std::string who = holder && !holder->empty() ? "process " + *holder : "another process";
    return Error(Code::busy, directory + " is in use by " + who +
                                 "; one process serves a state directory at a time");
}

}  // namespace

bool exists(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

bool StateDirectory::is_on_read_only_filesystem() const {
    return ::access(path_.c_str(), W_OK) != 0 && errno == EROFS;
}

Result<UniqueFd> StateDirectory::lock() const {
    const std::string name = path_ + "/lock";
    const bool read_only = is_on_read_only_filesystem();
    const int flags = read_only ? O_RDONLY : O_RDWR | O_CREAT;
    UniqueFd file(::open(name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) return fail_errno(read_only ? EROFS : errno, "cannot open " + name);
    // Who only reads is in nobody's way, but for one who was there when it could be written.
    struct flock wanted = whole_file(read_only ? F_RDLCK : F_WRLCK);
    if (::fcntl(file.get(), F_OFD_SETLK, &wanted) != 0) {
        if (errno == EAGAIN || errno == EACCES) return fail(in_use(path_, file.get()));
        return fail_errno(errno, "cannot lock " + name);
    }
    // For the message above only: on a full disk the lock holds without it.
    const std::string process = std::to_string(::getpid());
    if (!read_only && ::ftruncate(file.get(), 0) == 0) {
        (void)!::pwrite(file.get(), process.data(), process.size(), 0);
    }
    return file;
}

Result<void> StateDirectory::check_not_in_use() const {
    const std::string name = path_ + "/lock";
    const UniqueFd file(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file && errno == ENOENT) return {};
    if (!file) return fail_errno(errno, "cannot open " + name);
    struct flock wanted = whole_file();
    if (::fcntl(file.get(), F_OFD_GETLK, &wanted) != 0) {
        return fail_errno(errno, "cannot look at " + name);
    }
    if (wanted.l_type != F_UNLCK) return fail(in_use(path_, file.get()));
    return {};
}

std::string StateDirectory::unused_name(const std::string& what) const {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char stamp[32];
    std::strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &parts);
    std::string name = path_ + "/" + what + "-" + stamp;
    if (!exists(name)) return name;
    for (int n = 2;; ++n) {
        std::string numbered = name + "-" + std::to_string(n);
        if (!exists(numbered)) return numbered;
    }
}

Result<void> StateDirectory::set_aside(const std::string& directory) const {
    if (auto made = make_directories(directory, 0700); !made) return made;
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
        auto moved = rename_if_there(database() + suffix, directory + "/store.db" + suffix);
        if (!moved) return moved;
        if (auto synced = sync_directory(directory); !synced) return synced;
        if (auto synced = sync(); !synced) return synced;
    }
    return {};
}

Result<void> StateDirectory::put_in_place(const std::string& complete) const {
    if (::rename(complete.c_str(), database().c_str()) != 0) {
        return fail_errno(errno, "cannot rename " + complete);
    }
    return sync();
}

Result<void> StateDirectory::sync() const {
    return sync_directory(path_);
}

Result<void> remove_database(const std::string& path) {
    for (const char* suffix : {"", "-wal", "-journal"}) {
        const std::string name = path + suffix;
        if (::unlink(name.c_str()) != 0 && errno != ENOENT) {
            return fail_errno(errno, "cannot remove " + name);
        }
    }
    return {};
}

Result<Place> place_of(const std::string& path) {
    struct statx status {};
    if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME, &status) !=
        0) {
        return fail_errno(errno, "cannot look at " + path);
    }
    struct statfs filesystem {};
    if (::statfs(path.c_str(), &filesystem) != 0) {
        return fail_errno(errno, "cannot look at the filesystem of " + path);
    }
    Place place;
    // The filesystem's own id, which unlike a device number outlives a restart of the machine.
    static_assert(sizeof filesystem.f_fsid == sizeof place.filesystem);
    std::memcpy(&place.filesystem, &filesystem.f_fsid, sizeof place.filesystem);
    place.inode = status.stx_ino;
    if ((status.stx_mask & STATX_BTIME) != 0) {
        place.birth_ns = status.stx_btime.tv_sec * 1'000'000'000 + status.stx_btime.tv_nsec;
    }
    return place;
}

}  // namespace pmx::sqlite
