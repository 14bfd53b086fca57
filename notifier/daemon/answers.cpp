#include "notifier/daemon/answers.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;

json or_null(const std::optional<std::string>& text) {
    return text ? json(*text) : json();
}

json time_or_null(std::int64_t time_s) {
    return time_s != 0 ? json(time_s) : json();
}

json health_json(const TargetHealth& health) {
    return {{"last-success", time_or_null(health.last_success_s)},
            {"last-failure", time_or_null(health.last_failure_s)},
            {"last-error", health.last_error.empty() ? json() : json(health.last_error)}};
}

json delivery_json(const StoredDelivery& delivery, const std::string& node) {
    json skipped = json::array();
    for (const auto& [user, why] : delivery.plan.skipped_users)
        skipped.push_back({{"user", user}, {"why", why}});
    const bool waits =
        delivery.plan.state == DeliveryState::queued || delivery.plan.state == DeliveryState::held;
    const std::string& by = delivery.plan.node.empty() ? node : delivery.plan.node;
    return {{"delivery", delivery.id},
            {"target", delivery.plan.target},
            {"via", or_null(delivery.plan.via)},
            {"state", to_string(delivery.plan.state)},
            {"reason", delivery.plan.reason},
            {"node", by},
            {"digest", delivery.digest.empty() ? json() : json(delivery.digest)},
            {"attempts", delivery.attempts},
            {"next-attempt", waits ? json(delivery.next_attempt_s) : json()},
            {"updated", delivery.updated_s},
            {"recipients", delivery.plan.recipients},
            {"reached", delivery.reached},
            {"skipped", skipped}};
}

std::string_view state_of_event(const StoredDelivery& row) {
    if (row.refused) return "refused";
    return row.cluster == ClusterState::offered ? "offered" : "not-sent";
}

json event_only_json(const StoredDelivery& row, const std::string& node) {
    return {{"delivery", nullptr},
            {"target", nullptr},
            {"via", nullptr},
            {"state", state_of_event(row)},
            {"reason", row.note},
            {"node", node},
            {"digest", nullptr},
            {"attempts", 0},
            {"next-attempt", nullptr},
            {"updated", row.accepted_s},
            {"recipients", json::array()},
            {"reached", json::array()},
            {"skipped", json::array()}};
}

}  // namespace

json to_json(const std::vector<StoredDelivery>& deliveries, const std::string& node) {
    json rows = json::array();
    for (const StoredDelivery& delivery : deliveries) {
        json row =
            delivery.id == 0 ? event_only_json(delivery, node) : delivery_json(delivery, node);
        row["event"] = delivery.event_id;
        row["type"] = delivery.event_type;
        row["severity"] = to_string(delivery.severity);
        row["title"] = delivery.title;
        row["caller"] = delivery.caller;
        row["accepted"] = delivery.accepted_s;
        row["event-node"] = delivery.event_node;
        row["cluster"] = delivery.cluster != ClusterState::none;
        row["note"] = delivery.note;
        rows.push_back(std::move(row));
    }
    return rows;
}

json to_json(const schema::Target& target, const TargetHealth& health, bool from_before) {
    json object = {{"name", target.name},       {"filter", or_null(target.filter)},
                   {"comment", target.comment}, {"disable", target.disable},
                   {"last-good", from_before},  {"health", health_json(health)}};
    object["type"] = schema::type_of(target);
    if (const auto* group = std::get_if<schema::TargetGroup>(&target.settings)) {
        object["endpoints"] = group->endpoints;
    }
    return object;
}

json mail_to_root_json(const TargetHealth& health) {
    return {{"name", schema::mail_to_root},
            {"type", "sendmail"},
            {"filter", nullptr},
            {"comment", "built in: mail to root@pam, or to the local user root"},
            {"disable", false},
            {"last-good", false},
            {"health", health_json(health)}};
}

}  // namespace pmx::notifier
