// pmxctl's side of the control socket.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pmx::control {

// Sends `request` with `arguments` (an object; protocol.h and request_*.cpp say which) and gives
// the result. Fails with the daemon's own error; with not_found when no daemon serves there.
Result<nlohmann::json> call(const std::string& run_directory, std::string_view request,
                            nlohmann::json arguments, std::chrono::milliseconds timeout);

}  // namespace pmx::control
