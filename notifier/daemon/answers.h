// What the daemon tells of targets and deliveries, as JSON. No secret is in it.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "notifier/outbox/outbox.h"
#include "schema/notifications.h"

namespace pmx::notifier {

// [{"delivery": number or null, "event", "type", "severity", "title", "caller", "accepted",
//   "target", "via", "state", "reason", "node", "attempts", "next-attempt", "updated",
//   "recipients", "skipped": [{"user", "why"}], "digest"}], times in seconds since 1970. "reason"
//   is
// why not, or not yet; of what is delivered it is what the other side answered. "node" is the one
// that tried it, `node` where that is this one. An event without any delivery is listed with
// "delivery" null and state "refused", "not-sent", or "offered" to the cluster.
nlohmann::json to_json(const std::vector<StoredDelivery>& deliveries, const std::string& node);

// {"name", "type", "filter", "comment", "disable", "endpoints" of a group, "last-good",
//  "health": {"last-success", "last-failure", "last-error"}}, null where there is none.
nlohmann::json to_json(const schema::Target& target, const TargetHealth& health, bool from_before);
nlohmann::json mail_to_root_json(const TargetHealth& health);

}  // namespace pmx::notifier
