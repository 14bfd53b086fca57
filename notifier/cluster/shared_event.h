// The files of a cluster's event in the shared directory: what happened, and what became of it.
//
//   ID.json  {"node", "uid", "caller", "event": {...}}: accepted, not yet settled
//   ID.done  {"settled", "deliveries": [{"target", "via", "state", "reason", "recipients",
//   "node"}],
//            "reached": {TARGET: [ADDRESS]}}: written by the holder of the claim, after each
//            delivery and each mail that only some of its recipients got
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "notifier/model/event.h"
#include "notifier/outbox/outbox.h"

namespace pmx::notifier {

struct SharedEvent {
    Event event;
    std::uint32_t uid = 0;
    std::string caller;
    std::string node;  // that accepted it
};

struct SharedOutcome {
    bool settled = false;
    std::vector<NewDelivery> deliveries;  // done or given up; `node` says by whom
    Reached reached;                      // of those that are neither
};

// At most max_shared_bytes: HTML is left out first, then the end of the text.
std::string to_json(const SharedEvent& shared);
// Code::protocol_error where it is none.
Result<SharedEvent> parse_shared_event(std::string_view text);

std::string to_json(const SharedOutcome& outcome);
Result<SharedOutcome> parse_shared_outcome(std::string_view text);

}  // namespace pmx::notifier
