// Sends a change to the store for a caller, and waits for its result.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "control/request.h"

namespace pmx::control {

// {"index"} of the entry it became, or why it did not.
Result<nlohmann::json> submit(const Context& context, tree::Op op);

// The message for a change that failed: the store's reason where it has one.
Error failed_change(const Context& context, Code result);
// Of what the change was about, not of the state of the store.
bool is_about_a_path(Code result);

}  // namespace pmx::control
