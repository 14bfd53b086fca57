#include "base/error.h"

#include <cerrno>
#include <utility>

namespace pmx {
namespace {

class Category final : public std::error_category {
  public:
    const char* name() const noexcept override { return "pmx"; }
    std::string message(int value) const override {
        return std::string(code_name(static_cast<Code>(value)));
    }
};

Code code_of_errno(int error_number) {
    switch (error_number) {
        case ENOENT:
            return Code::not_found;
        case EEXIST:
            return Code::already_exists;
        case ENOTDIR:
            return Code::not_a_directory;
        case EISDIR:
            return Code::is_a_directory;
        case ENOTEMPTY:
            return Code::not_empty;
        case EINVAL:
            return Code::invalid_argument;
        case ENAMETOOLONG:
            return Code::name_too_long;
        case EFBIG:
            return Code::file_too_large;
        case ENOSPC:
            return Code::no_space;
        case EPERM:
            return Code::permission_denied;
        case EACCES:
            return Code::access_denied;
        case EROFS:
            return Code::read_only;
        case ETIMEDOUT:
            return Code::timed_out;
        case EAGAIN:
            return Code::busy;
        case EINTR:
            return Code::interrupted;
        default:
            return Code::io_error;
    }
}

}  // namespace

const std::error_category& error_category() noexcept {
    static const Category category;
    return category;
}

std::error_code make_error_code(Code code) noexcept {
    return {static_cast<int>(code), error_category()};
}

std::string_view code_name(Code code) noexcept {
    switch (code) {
        case Code::ok:
            return "ok";
        case Code::not_found:
            return "not_found";
        case Code::already_exists:
            return "already_exists";
        case Code::not_a_directory:
            return "not_a_directory";
        case Code::is_a_directory:
            return "is_a_directory";
        case Code::not_empty:
            return "not_empty";
        case Code::invalid_argument:
            return "invalid_argument";
        case Code::name_too_long:
            return "name_too_long";
        case Code::file_too_large:
            return "file_too_large";
        case Code::no_space:
            return "no_space";
        case Code::permission_denied:
            return "permission_denied";
        case Code::access_denied:
            return "access_denied";
        case Code::read_only:
            return "read_only";
        case Code::timed_out:
            return "timed_out";
        case Code::version_mismatch:
            return "version_mismatch";
        case Code::busy:
            return "busy";
        case Code::corrupt:
            return "corrupt";
        case Code::io_error:
            return "io_error";
        case Code::not_supported:
            return "not_supported";
        case Code::interrupted:
            return "interrupted";
        case Code::same_object:
            return "same_object";
        case Code::protocol_error:
            return "protocol_error";
        case Code::shutting_down:
            return "shutting_down";
    }
    return "unknown";
}

Code code_named(std::string_view name) noexcept {
    for (unsigned value = 1; value <= static_cast<unsigned>(Code::shutting_down); ++value) {
        const auto code = static_cast<Code>(value);
        if (code_name(code) == name) return code;
    }
    return Code::protocol_error;
}

Error::Error(Code code, std::string message) : code_(code), message_(std::move(message)) {
    if (message_.empty()) message_ = code_name(code);
}

Error Error::from_errno(int error_number, std::string_view doing) {
    Error error(code_of_errno(error_number),
                std::string(doing) + ": " + std::generic_category().message(error_number));
    error.error_number_ = error_number;
    return error;
}

Error Error::while_doing(std::string_view doing) const {
    Error wrapped = *this;
    wrapped.message_ = std::string(doing) + ": " + message_;
    return wrapped;
}

}  // namespace pmx
