#include "fuse/errno_table.h"

#include <cerrno>

namespace pmx::fuse {

int errno_of(Code code) noexcept {
    switch (code) {
        case Code::ok:
            return 0;
        case Code::not_found:
            return ENOENT;
        case Code::already_exists:
            return EEXIST;
        case Code::not_a_directory:
            return ENOTDIR;
        case Code::is_a_directory:
            return EISDIR;
        case Code::not_empty:
            return ENOTEMPTY;
        case Code::invalid_argument:
            return EINVAL;
        case Code::name_too_long:
            return ENAMETOOLONG;
        case Code::file_too_large:
            return EFBIG;
        case Code::no_space:
            return ENOSPC;
        case Code::permission_denied:
            return EPERM;
        case Code::access_denied:
            return EACCES;
        case Code::read_only:
            return EROFS;
        case Code::timed_out:
            return EIO;
        case Code::version_mismatch:
            return EAGAIN;
        case Code::busy:
            return EBUSY;
        case Code::corrupt:
            return EIO;
        case Code::io_error:
            return EIO;
        case Code::not_supported:
            return EOPNOTSUPP;
        case Code::interrupted:
            return EINTR;
        case Code::same_object:
            return EINVAL;
        case Code::protocol_error:
            return EPROTO;
        case Code::shutting_down:
            return EIO;
    }
    return EIO;
}

}  // namespace pmx::fuse
