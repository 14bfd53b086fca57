// Waiting until this node's daemon takes part in its cluster, telling what it waits for.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "tools/pmxctl/command.h"

namespace pmx::pmxctl {

// --timeout, in seconds, how long a command waits in the end.
void add_wait_option(boost::program_options::options_description& options);
Result<std::chrono::seconds> given_wait(const Invocation& invocation);

// The status once the daemon is in step with its cluster and can write. Whenever what is waited for
// changes, says so on standard error. Code::timed_out with the last of it.
Result<nlohmann::json> wait_until_in_step(const Invocation& invocation,
                                          std::chrono::seconds timeout);

}  // namespace pmx::pmxctl
