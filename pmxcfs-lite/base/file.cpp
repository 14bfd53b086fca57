#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

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
