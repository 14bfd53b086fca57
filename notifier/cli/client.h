// Asks the daemon.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "base/result.h"

namespace pmx::notifier {

// The answer, or the error that the daemon answered.
Result<nlohmann::json> ask(const std::string& run, const nlohmann::json& request);

// True where no daemon is known to have taken the request: it can be spooled (its id makes it one
// event, whatever happened), or has to wait for one.
bool is_unreachable(const Error& error);

}  // namespace pmx::notifier
