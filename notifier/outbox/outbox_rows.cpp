#include "notifier/outbox/outbox_rows.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace pmx::notifier {
namespace {

using nlohmann::json;

// SQL that is written out knows the states by their numbers.
static_assert(static_cast<int>(DeliveryState::queued) == 0 &&
              static_cast<int>(DeliveryState::delivered) == 1 &&
              static_cast<int>(DeliveryState::failed) == 2 &&
              static_cast<int>(DeliveryState::dead) == 3 &&
              static_cast<int>(DeliveryState::skipped) == 4 &&
              static_cast<int>(DeliveryState::held) == 5 &&
              static_cast<int>(DeliveryState::gathered) == 6);
static_assert(static_cast<int>(ClusterState::none) == 0 &&
              static_cast<int>(ClusterState::offered) == 1 &&
              static_cast<int>(ClusterState::held) == 2 &&
              static_cast<int>(ClusterState::settled) == 3 &&
              static_cast<int>(ClusterState::alone) == 4);
static_assert(static_cast<int>(DeliveryKind::none) == 0 &&
              static_cast<int>(DeliveryKind::mail) == 1 &&
              static_cast<int>(DeliveryKind::gotify) == 2 &&
              static_cast<int>(DeliveryKind::smtp) == 3 &&
              static_cast<int>(DeliveryKind::webhook) == 4);

// In the order that read_delivery() takes them.
constexpr const char* delivery_columns =
    "d.id, d.target, d.via, d.kind, d.state, d.reason, d.sender, d.author, d.recipients,"
    " d.skipped, d.attempts, d.next_attempt_s, d.updated_s,"
    " e.id, e.type, e.severity, e.title, e.caller, e.uid, e.accepted_s, e.refused, e.note,"
    " d.node, d.digest, e.node, e.cluster, d.reached";

DeliveryKind kind_of(std::int64_t number) {
    const bool known = number >= 0 && number <= static_cast<int>(DeliveryKind::webhook);
    return known ? static_cast<DeliveryKind>(number) : DeliveryKind::none;
}

std::vector<std::string> strings_of(const std::string& text) {
    std::vector<std::string> strings;
    const json parsed = json::parse(text, nullptr, false);
    if (!parsed.is_array()) return strings;
    for (const json& item : parsed)
        if (item.is_string()) strings.push_back(item.get<std::string>());
    return strings;
}

std::vector<std::pair<std::string, std::string>> pairs_of(const std::string& text) {
    std::vector<std::pair<std::string, std::string>> pairs;
    const json parsed = json::parse(text, nullptr, false);
    if (!parsed.is_array()) return pairs;
    for (const json& item : parsed) {
        const auto both = strings_of(item.dump());
        if (both.size() == 2) pairs.emplace_back(both[0], both[1]);
    }
    return pairs;
}

}  // namespace

std::string_view to_string(DeliveryState state) {
    switch (state) {
        case DeliveryState::queued:
            return "queued";
        case DeliveryState::delivered:
            return "delivered";
        case DeliveryState::failed:
            return "failed";
        case DeliveryState::dead:
            return "dead";
        case DeliveryState::skipped:
            return "skipped";
        case DeliveryState::held:
            return "held";
        case DeliveryState::gathered:
            return "in-digest";
    }
    return "failed";
}

DeliveryState state_of(std::int64_t number) {
    const bool known = number >= 0 && number <= static_cast<int>(DeliveryState::gathered);
    return known ? static_cast<DeliveryState>(number) : DeliveryState::failed;
}

StoredDelivery read_delivery(const Statement& row) {
    StoredDelivery delivery;
    delivery.id = row.integer(0);
    delivery.plan.target = row.text(1);
    delivery.plan.via = row.optional_text(2);
    delivery.plan.kind = kind_of(row.integer(3));
    delivery.plan.state = state_of(row.integer(4));
    delivery.plan.reason = row.text(5);
    delivery.plan.from = row.text(6);
    delivery.plan.author = row.text(7);
    delivery.plan.recipients = strings_of(row.text(8));
    delivery.plan.skipped_users = pairs_of(row.text(9));
    delivery.attempts = row.integer(10);
    delivery.next_attempt_s = row.integer(11);
    delivery.updated_s = row.integer(12);
    delivery.event_id = row.text(13);
    delivery.event_type = row.text(14);
    delivery.severity = parse_severity(row.text(15)).value_or(Severity::error);
    delivery.title = row.text(16);
    delivery.caller = row.text(17);
    delivery.uid = static_cast<std::uint32_t>(row.integer(18));
    delivery.accepted_s = row.integer(19);
    delivery.refused = row.integer(20) != 0;
    delivery.note = row.text(21);
    delivery.plan.node = row.text(22);
    delivery.digest = row.text(23);
    delivery.event_node = row.text(24);
    delivery.cluster = static_cast<ClusterState>(std::clamp<std::int64_t>(row.integer(25), 0, 4));
    delivery.reached = strings_of(row.text(26));
    return delivery;
}

std::string select_deliveries(const std::string& from_where) {
    return std::string("SELECT ") + delivery_columns + " FROM " + from_where;
}

}  // namespace pmx::notifier
