// What asks the outbox.
#include <nlohmann/json.hpp>

#include "notifier/outbox/outbox.h"
#include "notifier/outbox/outbox_rows.h"

namespace pmx::notifier {

using nlohmann::json;

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

Result<Event> Outbox::event(const std::string& id) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(
        "SELECT type, severity, title, body, html, fields, timestamp_s, node, cluster,"
        " asked_target, asked_job FROM events WHERE id=?");
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
    event.cluster = statement->integer(8) != 0;
    event.target = statement->optional_text(9);
    event.job = statement->optional_text(10);
    const json fields = json::parse(statement->text(5), nullptr, false);
    if (fields.is_object()) {
        for (const auto& [name, value] : fields.items())
            if (value.is_string()) event.fields[name] = value.get<std::string>();
    }
    return event;
}

Result<StoredDelivery> Outbox::delivery(std::int64_t id) {
    const std::lock_guard lock(mutex_);
    return read_one(id);
}

Result<StoredDelivery> Outbox::read_one(std::int64_t id) {
    auto statement = database_.prepare(
        select_deliveries("deliveries d JOIN events e ON e.id=d.event_id WHERE d.id=?"));
    if (!statement) return fail(statement.error());
    statement->bind(id);
    auto found = list(*statement);
    if (!found) return fail(found.error());
    if (found->empty()) return fail(Code::not_found, "there is no delivery " + std::to_string(id));
    return std::move(found->front());
}

Result<std::vector<StoredDelivery>> Outbox::of_event(const std::string& event_id) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(select_deliveries(
        "events e LEFT JOIN deliveries d ON d.event_id=e.id WHERE e.id=? ORDER BY d.id"));
    if (!statement) return fail(statement.error());
    return list(statement->bind(event_id));
}

Result<std::vector<StoredDelivery>> Outbox::told_by(const std::string& digest_id) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(select_deliveries(
        "deliveries d JOIN events e ON e.id=d.event_id WHERE d.digest=? AND d.digest<>''"
        " ORDER BY d.id"));
    if (!statement) return fail(statement.error());
    return list(statement->bind(digest_id));
}

Result<std::vector<StoredDelivery>> Outbox::waiting(std::size_t limit, const Wanted& wanted) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(
        select_deliveries("deliveries d JOIN events e ON e.id=d.event_id WHERE d.state IN (0,2,3,5)"
                          " ORDER BY d.id"));
    if (!statement) return fail(statement.error());
    return list(*statement, limit, wanted);
}

Result<std::vector<StoredDelivery>> Outbox::history(const std::optional<std::string>& target,
                                                    std::size_t limit, const Wanted& wanted) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(
        select_deliveries(target ? "deliveries d JOIN events e ON e.id=d.event_id WHERE d.target=?"
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
        "SELECT target, last_success_s, last_failure_s, last_error, delivered, retried, given_up"
        " FROM target_health");
    if (!statement) return fail(statement.error());
    std::map<std::string, TargetHealth> health;
    for (;;) {
        auto row = statement->step();
        if (!row) return fail(row.error());
        if (!*row) return health;
        health[statement->text(0)] = {statement->integer(1), statement->integer(2),
                                      statement->text(3),    statement->integer(4),
                                      statement->integer(5), statement->integer(6)};
    }
}

Result<std::vector<DeliveryCount>> Outbox::counts() {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(
        "SELECT d.target, d.state, COUNT(*), MIN(e.accepted_s) FROM deliveries d"
        " JOIN events e ON e.id=d.event_id WHERE d.state IN (0,2,3,5) GROUP BY 1, 2");
    if (!statement) return fail(statement.error());
    std::vector<DeliveryCount> counts;
    for (;;) {
        auto row = statement->step();
        if (!row) return fail(row.error());
        if (!*row) return counts;
        counts.push_back({statement->text(0), state_of(statement->integer(1)),
                          statement->integer(2), statement->integer(3)});
    }
}

Result<std::map<std::string, StoredWatch>> Outbox::watches() {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare("SELECT name, watched_since_s, seen_s, told_s FROM watches");
    if (!statement) return fail(statement.error());
    std::map<std::string, StoredWatch> watches;
    for (;;) {
        auto row = statement->step();
        if (!row) return fail(row.error());
        if (!*row) return watches;
        watches[statement->text(0)] = {statement->integer(1), statement->optional_integer(2),
                                       statement->optional_integer(3)};
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
