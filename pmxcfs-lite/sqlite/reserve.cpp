#include "sqlite/reserve.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"

namespace pmx::sqlite {

Reserve::Reserve(const std::string& directory) {
    const std::string path = directory + "/reserve";
    struct statvfs filesystem {};
    file_ = UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file_ || ::fstatvfs(file_.get(), &filesystem) != 0) {
        file_ = UniqueFd();
        return;
    }
    const std::uint64_t all = std::uint64_t{filesystem.f_blocks} * filesystem.f_frsize;
    wanted_ = std::clamp(all / 8, least_bytes, most_bytes);
    struct stat status {};
    // A file with holes keeps no room.
    constexpr std::uint64_t block = 512;
    if (::fstat(file_.get(), &status) == 0) {
        bytes_ = std::min(static_cast<std::uint64_t>(status.st_size),
                          static_cast<std::uint64_t>(status.st_blocks) * block);
    }
    fill();
}

std::uint64_t Reserve::free_bytes() const {
    struct statvfs filesystem {};
    if (!file_ || ::fstatvfs(file_.get(), &filesystem) != 0) return 0;
    return std::uint64_t{filesystem.f_bavail} * filesystem.f_frsize;
}

bool Reserve::disk_is_nearly_full() const {
    return exists() && free_bytes() < 2 * wanted_;
}

bool Reserve::give_back_a_step() {
    if (bytes_ == 0) return false;
    const std::uint64_t step = std::min(bytes_, wanted_ / steps);
    if (::ftruncate(file_.get(), static_cast<off_t>(bytes_ - step)) != 0) return false;
    bytes_ -= step;
    return true;
}

void Reserve::fill() {
    if (!exists() || whole()) return;
    const std::uint64_t step = wanted_ / steps;
    const std::uint64_t free = free_bytes();
    if (free < 2 * step) return;
    const std::uint64_t to = std::min(wanted_, bytes_ + free - step);
    if (::posix_fallocate(file_.get(), 0, static_cast<off_t>(to)) == 0) {
        bytes_ = to;
    } else if (::ftruncate(file_.get(), static_cast<off_t>(bytes_)) != 0) {
        bytes_ = 0;  // what part of it is there nobody knows
    }
}

}  // namespace pmx::sqlite
