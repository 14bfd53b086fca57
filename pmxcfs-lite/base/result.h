// Result<T>: a value, or the Error that stood in its way.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "base/error.h"

namespace pmx {

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Code code, std::string message = {}) {
    return tl::make_unexpected(Error(code, std::move(message)));
}

inline tl::unexpected<Error> fail(Error error) {
    return tl::make_unexpected(std::move(error));
}

// For errno: call it before anything that may change errno.
inline tl::unexpected<Error> fail_errno(int error_number, std::string_view doing) {
    return tl::make_unexpected(Error::from_errno(error_number, doing));
}

}  // namespace pmx
