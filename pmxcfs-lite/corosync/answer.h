// What corosync's libraries answer, as our errors.
#pragma once

#include <corosync/corotypes.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace pmx::corosync {

// Code::busy when corosync asks to try again, else Code::io_error.
inline Error answer_error(cs_error_t answer, std::string_view doing) {
    const Code code = answer == CS_ERR_TRY_AGAIN ? Code::busy : Code::io_error;
    return Error(code, std::string(doing) + ": " + cs_strerror(answer));
}

inline Result<void> result_of(cs_error_t answer, std::string_view doing) {
    if (answer == CS_OK) return {};
    return fail(answer_error(answer, doing));
}

}  // namespace pmx::corosync
