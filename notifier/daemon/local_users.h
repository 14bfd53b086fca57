// Local users by number, from the system's user database.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace pmx::notifier {

// Code::not_found when the system knows no such user.
Result<std::string> local_user_name(std::uint32_t uid);

}  // namespace pmx::notifier
