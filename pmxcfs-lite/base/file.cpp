#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/unique_fd.h"

namespace pmx {

Result<std::string> read_file(const std::string& path, std::size_t limit) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return fail_errno(errno, "cannot open " + path);
    return read_all(fd.get(), limit, path);
}

Result<std::string> read_all(int fd, std::size_t limit, std::string_view what) {
    std::string bytes;
    for (;;) {
        constexpr std::size_t chunk = 65536;
        const std::size_t old_size = bytes.size();
        bytes.resize(old_size + chunk);
        const ssize_t got = ::read(fd, bytes.data() + old_size, chunk);
        const int error_number = errno;
        bytes.resize(old_size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got == 0) return bytes;
        if (got < 0 && error_number != EINTR) {
            return fail_errno(error_number, "cannot read " + std::string(what));
        }
        if (bytes.size() > limit) {
            return fail(Code::file_too_large,
                        std::string(what) + " is longer than " + std::to_string(limit) + " bytes");
        }
    }
}

Result<void> write_all(int fd, std::string_view bytes, std::string_view what) {
    while (!bytes.empty()) {
        const ssize_t put = ::write(fd, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return fail_errno(errno, "cannot write " + std::string(what));
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return {};
}

Result<void> sync_directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return fail_errno(errno, "cannot open " + directory);
    if (::fsync(fd.get()) != 0) return fail_errno(errno, "cannot sync " + directory);
    return {};
}

namespace {

Result<void> write_and_sync(int fd, std::string_view bytes, unsigned mode,
                            const std::string& path) {
    // Whatever the umask says.
    if (::fchmod(fd, mode) != 0) return fail_errno(errno, "cannot set the mode of " + path);
    if (auto written = write_all(fd, bytes, path); !written) return written;
    if (::fsync(fd) != 0) return fail_errno(errno, "cannot sync " + path);
    return {};
}

}  // namespace

Result<void> replace_file(const std::string& path, std::string_view bytes, unsigned mode) {
    std::string unfinished = path + ".XXXXXX";
    const UniqueFd fd(::mkostemp(unfinished.data(), O_CLOEXEC));
    if (!fd) return fail_errno(errno, "cannot make a file beside " + path);
    auto done = write_and_sync(fd.get(), bytes, mode, path);
    if (done && ::rename(unfinished.c_str(), path.c_str()) != 0) {
        done = fail_errno(errno, "cannot replace " + path);
    }
    if (!done) {
        ::unlink(unfinished.c_str());
        return done;
    }
    return sync_directory_of(path);
}

Result<void> make_directories(const std::string& path, unsigned mode) {
    for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
        const std::string part = path.substr(0, slash);
        if (::mkdir(part.c_str(), mode) != 0 && errno != EEXIST) {
            return fail_errno(errno, "cannot create directory " + part);
        }
        if (slash == std::string::npos) return {};
    }
}

}  // namespace pmx
