// What asks the outbox.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "notifier/outbox/backoff.h"
#include "notifier/outbox/outbox.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;

// In the order that read_delivery() takes them.
constexpr const char* delivery_columns =
    "d.id, d.target, d.via, d.kind, d.state, d.reason, d.sender, d.author, d.recipients,"
    " d.skipped, d.attempts, d.next_attempt_s, d.updated_s,"
    " e.id, e.type, e.severity, e.title, e.caller, e.uid, e.accepted_s, e.refused, e.note";

DeliveryState state_of(std::int64_t number) {
    const bool known = number >= 0 && number <= static_cast<int>(DeliveryState::skipped);
    return known ? static_cast<DeliveryState>(number) : DeliveryState::failed;
}

DeliveryKind kind_of(std::int64_t number) {
    const bool known = number >= 0 && number <= static_cast<int>(DeliveryKind::gotify);
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
    return delivery;
}

std::string select(const std::string& from_where) {
    return std::string("SELECT ") + delivery_columns + " FROM " + from_where;
}

// Later than any delay: the clock was set back since, do not wait for it to come round.
bool is_due(std::int64_t next_attempt_s, std::int64_t now_s) {
    return next_attempt_s <= now_s || next_attempt_s > now_s + 2 * longest_delay_s;
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
    }
    return "failed";
}

Result<std::vector<StoredDelivery>> Outbox::list(Statement& statement, std::size_t limit,
                                                 const Wanted& wanted) {
    std::vector<StoredDelivery> deliveries;
    while (deliveries.size() < limit) {
        auto row = statement.step();
        if (!row) return fail(row.error());
        if (!*row) break;
        StoredDelivery delivery = read_delivery(statement);
        if (wanted(delivery)) deliveries.push_back(std::move(delivery));
    }
    return deliveries;
}

Result<std::vector<StoredDelivery>> Outbox::due(std::int64_t now_s,
                                                const std::set<std::string>& busy) {
    const std::lock_guard lock(mutex_);
    // Of a group, SQLite gives the row that MIN() came from.
    auto statement = database_.prepare(
        "SELECT " + std::string(delivery_columns) +
        ", MIN(d.next_attempt_s) FROM deliveries d JOIN events e ON e.id=d.event_id"
        " WHERE d.state=0 GROUP BY d.target");
    if (!statement) return fail(statement.error());
    auto firsts = list(*statement);
    if (!firsts) return firsts;
    std::erase_if(*firsts, [&](const StoredDelivery& delivery) {
        return busy.contains(delivery.plan.target) || !is_due(delivery.next_attempt_s, now_s);
    });
    return firsts;
}

Result<std::optional<std::int64_t>> Outbox::next_due_s(const std::set<std::string>& busy) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(
        "SELECT target, MIN(next_attempt_s) FROM deliveries WHERE state=0 GROUP BY target");
    if (!statement) return fail(statement.error());
    std::optional<std::int64_t> first;
    for (;;) {
        auto row = statement->step();
        if (!row) return fail(row.error());
        if (!*row) return first;
        if (busy.contains(statement->text(0))) continue;
        first = std::min(first.value_or(statement->integer(1)), statement->integer(1));
    }
}

Result<Event> Outbox::event(const std::string& id) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(
        "SELECT type, severity, title, body, html, fields, timestamp_s, node FROM events WHERE "
        "id=?");
    if (!statement) return fail(statement.error());
    auto row = statement->bind(id).step();
    if (!row) return fail(row.error());
    if (!*row) return fail(Code::not_found, "there is no event '" + id + "'");
    Event event;
    event.id = id;
    event.type = statement->text(0);
    event.severity = parse_severity(statement->text(1)).value_or(Severity::error);
    event.title = statement->text(2);
    event.body = statement->text(3);
    event.html = statement->optional_text(4);
    event.timestamp_s = statement->integer(6);
    event.node = statement->text(7);
    const json fields = json::parse(statement->text(5), nullptr, false);
    if (fields.is_object()) {
        for (const auto& [name, value] : fields.items())
            if (value.is_string()) event.fields[name] = value.get<std::string>();
    }
    return event;
}

Result<StoredDelivery> Outbox::delivery(std::int64_t id) {
    const std::lock_guard lock(mutex_);
    auto statement =
        database_.prepare(select("deliveries d JOIN events e ON e.id=d.event_id WHERE d.id=?"));
    if (!statement) return fail(statement.error());
    statement->bind(id);
    auto found = list(*statement);
    if (!found) return fail(found.error());
    if (found->empty()) return fail(Code::not_found, "there is no delivery " + std::to_string(id));
    return std::move(found->front());
}

Result<std::vector<StoredDelivery>> Outbox::of_event(const std::string& event_id) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(
        select("events e LEFT JOIN deliveries d ON d.event_id=e.id WHERE e.id=? ORDER BY d.id"));
    if (!statement) return fail(statement.error());
    return list(statement->bind(event_id));
}

Result<std::vector<StoredDelivery>> Outbox::waiting(std::size_t limit, const Wanted& wanted) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(
        select("deliveries d JOIN events e ON e.id=d.event_id WHERE d.state IN (0,2,3)"
               " ORDER BY d.id"));
    if (!statement) return fail(statement.error());
    return list(*statement, limit, wanted);
}

Result<std::vector<StoredDelivery>> Outbox::history(const std::optional<std::string>& target,
                                                    std::size_t limit, const Wanted& wanted) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(
        select(target ? "deliveries d JOIN events e ON e.id=d.event_id WHERE d.target=?"
                        " ORDER BY e.number DESC, d.id"
                      : "events e LEFT JOIN deliveries d ON d.event_id=e.id"
                        " ORDER BY e.number DESC, d.id"));
    if (!statement) return fail(statement.error());
    if (target) statement->bind(*target);
    return list(*statement, limit, wanted);
}

Result<std::map<std::string, TargetHealth>> Outbox::health() {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(
        "SELECT target, last_success_s, last_failure_s, last_error FROM target_health");
    if (!statement) return fail(statement.error());
    std::map<std::string, TargetHealth> health;
    for (;;) {
        auto row = statement->step();
        if (!row) return fail(row.error());
        if (!*row) return health;
        health[statement->text(0)] = {statement->integer(1), statement->integer(2),
                                      statement->text(3)};
    }
}

Result<bool> Outbox::were_reported(
    const std::string& hostname, const std::vector<std::pair<std::string, std::string>>& packages) {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, version] : packages) {
        auto statement = database_.prepare(
            "SELECT 1 FROM reported_packages WHERE hostname=? AND name=? AND version=?");
        if (!statement) return fail(statement.error());
        auto row = statement->bind(hostname).bind(name).bind(version).step();
        if (!row) return fail(row.error());
        if (!*row) return false;
    }
    return true;
}

Result<std::map<std::string, StoredSection>> Outbox::good_sections(const std::string& file) {
    const std::lock_guard lock(mutex_);
    auto statement =
        database_.prepare("SELECT id, text, private_text FROM good_sections WHERE file=?");
    if (!statement) return fail(statement.error());
    statement->bind(file);
    std::map<std::string, StoredSection> sections;
    for (;;) {
        auto row = statement->step();
        if (!row) return fail(row.error());
        if (!*row) return sections;
        sections[statement->text(0)] = {statement->text(1), statement->text(2)};
    }
}

}  // namespace pmx::notifier
