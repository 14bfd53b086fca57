#include "notifier/cli/spool_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <memory>

#include "base/file.h"
#include "base/unique_fd.h"

namespace pmx::notifier {
namespace {

constexpr const char* default_run = "/run/pmx-notifier";
constexpr const char* default_spool = "/var/lib/pmx-notifier/spool";
constexpr std::size_t max_bytes = 1U << 20;  // these two are what the daemon takes
constexpr std::size_t max_files = 100;

// Only root can list the spool; what others leave beyond the limit is refused by the daemon.
Result<void> check_room(const std::string& directory) {
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(directory.c_str()), ::closedir);
    if (!listing) return {};
    std::size_t own = 0;
    while (const dirent* entry = ::readdir(listing.get())) {
        struct stat status {};
        if (entry->d_name[0] != '.' &&
            ::fstatat(::dirfd(listing.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
            if (status.st_uid == ::geteuid()) ++own;
        }
    }
    if (own < max_files) return {};
    return fail(Code::busy, "100 of your events are spooled already; start pmx-notifyd");
}

std::string file_name(const std::string& event_id) {
    std::array<char, 32> time{};
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    std::snprintf(time.data(), time.size(), "%012lld.%09ld-", static_cast<long long>(now.tv_sec),
                  now.tv_nsec);
    return time.data() + event_id + ".json";
}

}  // namespace

Result<std::string> spool_directory(const std::string& run) {
    struct stat status {};
    const std::string linked = run + "/spool";
    if (::stat(linked.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return linked;
    if (run == default_run && ::stat(default_spool, &status) == 0 && S_ISDIR(status.st_mode)) {
        return std::string(default_spool);
    }
    return fail(Code::not_found,
                "pmx-notifyd does not run, and there is no spool (" + linked + "): start it once");
}

Result<void> spool(const std::string& directory, const std::string& event_id,
                   const std::string& request) {
    if (request.size() > max_bytes) {
        return fail(Code::file_too_large,
                    "pmx-notifyd does not run, and an event over 1 MiB cannot be spooled");
    }
    if (auto room = check_room(directory); !room) return room;
    const std::string name = file_name(event_id);
    const std::string path = directory + "/" + name;
    const std::string unfinished = directory + "/." + name;
    const UniqueFd fd(
        ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd) return fail_errno(errno, "cannot create " + unfinished);
    auto written = write_all(fd.get(), request, unfinished);
    if (written && ::fsync(fd.get()) != 0) written = fail_errno(errno, "cannot sync " + unfinished);
    if (written && ::rename(unfinished.c_str(), path.c_str()) != 0) {
        written = fail_errno(errno, "cannot rename " + unfinished);
    }
    // Again, for the name: the directory cannot be opened to sync it, but the journal that this
    // file's change is in holds the rename too.
    if (written && ::fsync(fd.get()) != 0) written = fail_errno(errno, "cannot sync " + path);
    if (!written) ::unlink(unfinished.c_str());
    return written;
}

}  // namespace pmx::notifier
