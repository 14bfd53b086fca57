// Hands an event to the daemon, or to its spool where none runs.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/result.h"
#include "notifier/render/event_request.h"

namespace pmx::notifier {

struct Submitted {
    nlohmann::json answer;         // of the daemon; null when it is spooled
    std::optional<Error> spooled;  // why the daemon did not take it, where it is spooled
};

// A request of `op` on behalf of `act_as`.
nlohmann::json request_message(const char* op, const std::optional<std::string>& act_as);
nlohmann::json event_message(const char* op, const EventRequest& request,
                             const std::optional<std::string>& act_as);

// When it returns, the event is on disk. What is wrong with it is told whether or not a daemon
// runs.
Result<Submitted> submit(const std::string& run, const EventRequest& request,
                         const std::optional<std::string>& act_as);

// The same for a command that ends with it: prints the id, and "spooled" where it is. The exit
// status. `request.id` may be empty: then it gets one.
struct CommonOptions;
int submit_and_print(const CommonOptions& common, EventRequest request);

}  // namespace pmx::notifier
