#include "notifier/daemon/config_file.h"

#include <fcntl.h>

#include <cerrno>

#include "base/file.h"
#include "base/unique_fd.h"

namespace pmx::notifier {
namespace {

constexpr std::size_t max_config_bytes = 4U << 20;

// Two changes within one tick of the filesystem's clock leave the same mtime: a file as young as
// this is read again the next time.
constexpr std::chrono::seconds too_young{2};

bool same(const struct stat& a, const struct stat& b) {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
           a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

bool has_settled(const struct stat& status, WallTime now) {
    const auto modified = WallTime(std::chrono::seconds(status.st_mtim.tv_sec) +
                                   std::chrono::nanoseconds(status.st_mtim.tv_nsec));
    return modified + too_young < now;
}

}  // namespace

bool ConfigFile::become(State state, std::string text, std::string reason) {
    const bool changed = state != state_ || text != text_ || reason != reason_;
    state_ = state;
    text_ = std::move(text);
    reason_ = std::move(reason);
    return changed;
}

bool ConfigFile::refresh(WallTime now) {
    // Not blocking: a FIFO put there must not hang the daemon.
    const UniqueFd fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) {
        known_ = false;
        if (errno == ENOENT || errno == ENOTDIR) return become(State::absent, {}, {});
        return become(State::unreadable, {},
                      Error::from_errno(errno, "cannot open " + path_).message());
    }
    struct stat before {};
    if (::fstat(fd.get(), &before) != 0 || !S_ISREG(before.st_mode)) {
        known_ = false;
        return become(State::unreadable, {}, path_ + " is not a regular file");
    }
    if (known_ && same(before, identity_)) return false;
    auto text = read_all(fd.get(), max_config_bytes, path_);
    struct stat after {};
    const bool steady = ::fstat(fd.get(), &after) == 0 && same(before, after);
    identity_ = before;
    known_ = text && steady && has_settled(before, now);
    if (!text) return become(State::unreadable, {}, text.error().message());
    return become(State::present, std::move(*text), {});
}

}  // namespace pmx::notifier
