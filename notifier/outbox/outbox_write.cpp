// What changes the outbox.
#include <nlohmann/json.hpp>

#include "notifier/outbox/outbox.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;

std::string dump(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

constexpr std::int64_t packages_remembered_s = 90LL * 24 * 3600;

}  // namespace

// True: the same caller's event of that id is here. Nothing: the id is new.
Result<std::optional<bool>> Outbox::is_repeated(const Acceptance& acceptance) {
    auto statement = database_.prepare("SELECT uid, caller FROM events WHERE id=?");
    if (!statement) return fail(statement.error());
    auto row = statement->bind(acceptance.event.id).step();
    if (!row) return fail(row.error());
    if (!*row) return std::optional<bool>();
    return std::optional(statement->integer(0) == acceptance.uid &&
                         statement->text(1) == acceptance.caller);
}

Result<void> Outbox::check_waiting(std::uint32_t uid) {
    if (uid == 0) return {};
    auto statement = database_.prepare(
        "SELECT COUNT(DISTINCT e.id) FROM deliveries d JOIN events e ON e.id=d.event_id"
        " WHERE d.state=0 AND e.uid=?");
    if (!statement) return fail(statement.error());
    auto row = statement->bind(std::int64_t{uid}).step();
    if (!row) return fail(row.error());
    if (statement->integer(0) < max_waiting_events) return {};
    return fail(Code::busy, "100 of your events wait to be delivered; try again later");
}

Result<bool> Outbox::accept(const Acceptance& acceptance, std::int64_t now_s) {
    const std::lock_guard lock(mutex_);
    auto transaction = Transaction::begin(database_);
    if (!transaction) return fail(transaction.error());
    auto repeated = is_repeated(acceptance);
    if (!repeated) return fail(repeated.error());
    if (*repeated) {
        if (**repeated) return false;
        return fail(Code::already_exists,
                    "event id '" + acceptance.event.id + "' is taken by another caller's event");
    }
    if (!acceptance.refused) {
        if (auto checked = check_waiting(acceptance.uid); !checked) return fail(checked.error());
    }
    if (auto done = insert_event(acceptance, now_s); !done) return fail(done.error());
    bool owed = false;
    for (const NewDelivery& delivery : acceptance.deliveries) {
        owed = owed || delivery.state != DeliveryState::skipped;
        if (auto done = insert_delivery(acceptance.event.id, delivery, now_s); !done) {
            return fail(done.error());
        }
    }
    if (!owed) {
        if (auto done = forget_body(acceptance.event.id); !done) return fail(done.error());
    }
    if (auto done = insert_packages(acceptance, now_s); !done) return fail(done.error());
    if (auto done = transaction->commit(); !done) return fail(done.error());
    return true;
}

Result<void> Outbox::insert_event(const Acceptance& acceptance, std::int64_t now_s) {
    const Event& event = acceptance.event;
    auto statement = database_.prepare(
        "INSERT INTO events(id, uid, caller, type, severity, title, body, html, fields,"
        " timestamp_s, node, accepted_s, refused, note) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    if (!statement) return fail(statement.error());
    return statement->bind(event.id)
        .bind(std::int64_t{acceptance.uid})
        .bind(acceptance.caller)
        .bind(event.type)
        .bind(to_string(event.severity))
        .bind(event.title)
        .bind(event.body)
        .bind_optional(event.html)
        .bind(dump(event.fields))
        .bind(event.timestamp_s)
        .bind(event.node)
        .bind(now_s)
        .bind(std::int64_t{acceptance.refused})
        .bind(acceptance.note)
        .run();
}

Result<void> Outbox::insert_delivery(const std::string& event_id, const NewDelivery& delivery,
                                     std::int64_t now_s) {
    json skipped = json::array();
    for (const auto& [user, why] : delivery.skipped_users)
        skipped.push_back({user, why});
    auto statement = database_.prepare(
        "INSERT INTO deliveries(event_id, target, via, kind, state, reason, sender, author,"
        " recipients, skipped, attempts, next_attempt_s, updated_s)"
        " VALUES(?,?,?,?,?,?,?,?,?,?,0,?,?)");
    if (!statement) return fail(statement.error());
    return statement->bind(event_id)
        .bind(delivery.target)
        .bind_optional(delivery.via)
        .bind(static_cast<std::int64_t>(delivery.kind))
        .bind(static_cast<std::int64_t>(delivery.state))
        .bind(delivery.reason)
        .bind(delivery.from)
        .bind(delivery.author)
        .bind(dump(delivery.recipients))
        .bind(dump(skipped))
        .bind(now_s)
        .bind(now_s)
        .run();
}

Result<void> Outbox::insert_packages(const Acceptance& acceptance, std::int64_t now_s) {
    const auto host = acceptance.event.fields.find("hostname");
    if (host == acceptance.event.fields.end()) return {};
    for (const auto& [name, version] : acceptance.reported_packages) {
        auto statement =
            database_.prepare("INSERT OR REPLACE INTO reported_packages VALUES(?,?,?,?)");
        if (!statement) return fail(statement.error());
        auto done = statement->bind(host->second).bind(name).bind(version).bind(now_s).run();
        if (!done) return done;
    }
    return {};
}

Result<void> Outbox::record_delivered(const StoredDelivery& delivery, std::int64_t now_s) {
    return record(delivery, DeliveryState::delivered, {}, now_s, now_s);
}

Result<void> Outbox::record_retry(const StoredDelivery& delivery, const std::string& reason,
                                  std::int64_t now_s, std::int64_t next_attempt_s) {
    return record(delivery, DeliveryState::queued, reason, now_s, next_attempt_s);
}

Result<void> Outbox::record_given_up(const StoredDelivery& delivery, const std::string& reason,
                                     DeliveryState state, std::int64_t now_s) {
    return record(delivery, state, reason, now_s, now_s);
}

Result<void> Outbox::record(const StoredDelivery& delivery, DeliveryState state,
                            const std::string& reason, std::int64_t now_s,
                            std::int64_t next_attempt_s) {
    const std::lock_guard lock(mutex_);
    auto transaction = Transaction::begin(database_);
    if (!transaction) return fail(transaction.error());
    auto statement = database_.prepare(
        "UPDATE deliveries SET state=?, reason=?, attempts=attempts+1, next_attempt_s=?,"
        " updated_s=? WHERE id=? AND state=0");
    if (!statement) return fail(statement.error());
    auto done = statement->bind(static_cast<std::int64_t>(state))
                    .bind(reason)
                    .bind(next_attempt_s)
                    .bind(now_s)
                    .bind(delivery.id)
                    .run();
    if (!done) return done;
    if (auto kept = record_health(delivery, reason, now_s); !kept) return kept;
    if (state == DeliveryState::delivered) {
        if (auto forgot = forget_body(delivery.event_id); !forgot) return forgot;
    }
    return transaction->commit();
}

// What makes an event's messages is kept as long as a delivery may need it.
Result<void> Outbox::forget_body(const std::string& event_id) {
    auto statement = database_.prepare(
        "UPDATE events SET body='', html=NULL, fields='{}' WHERE id=?1 AND NOT EXISTS"
        " (SELECT 1 FROM deliveries WHERE event_id=?1 AND state IN (0,2,3))");
    if (!statement) return fail(statement.error());
    return statement->bind(event_id).run();
}

Result<void> Outbox::record_health(const StoredDelivery& delivery, const std::string& error,
                                   std::int64_t now_s) {
    auto statement = database_.prepare(
        error.empty() ? "INSERT INTO target_health VALUES(?,?,0,'') ON CONFLICT(target)"
                        " DO UPDATE SET last_success_s=excluded.last_success_s"
                      : "INSERT INTO target_health VALUES(?,0,?,?) ON CONFLICT(target)"
                        " DO UPDATE SET last_failure_s=excluded.last_failure_s,"
                        " last_error=excluded.last_error");
    if (!statement) return fail(statement.error());
    statement->bind(delivery.plan.target).bind(now_s);
    if (!error.empty()) statement->bind(error);
    return statement->run();
}

Result<void> Outbox::retry(std::int64_t id, std::int64_t now_s) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(
        "UPDATE deliveries SET state=0, attempts=0, next_attempt_s=? WHERE id=?"
        " AND state IN (0,2,3) AND kind<>0");
    if (!statement) return fail(statement.error());
    if (auto done = statement->bind(now_s).bind(id).run(); !done) return done;
    if (database_.changes() == 1) return {};
    return fail(Code::invalid_argument,
                "delivery " + std::to_string(id) + " is not one that can be tried again");
}

Result<void> Outbox::keep_good_sections(const std::string& file,
                                        const std::map<std::string, StoredSection>& sections) {
    const std::lock_guard lock(mutex_);
    auto transaction = Transaction::begin(database_);
    if (!transaction) return fail(transaction.error());
    auto remove = database_.prepare("DELETE FROM good_sections WHERE file=?");
    if (!remove) return fail(remove.error());
    if (auto done = remove->bind(file).run(); !done) return done;
    for (const auto& [id, section] : sections) {
        auto insert = database_.prepare("INSERT INTO good_sections VALUES(?,?,?,?)");
        if (!insert) return fail(insert.error());
        insert->bind(file).bind(id).bind(section.text).bind(section.private_text);
        if (auto done = insert->run(); !done) return done;
    }
    return transaction->commit();
}

Result<void> Outbox::remove_old(std::int64_t now_s) {
    const std::lock_guard lock(mutex_);
    auto transaction = Transaction::begin(database_);
    if (!transaction) return fail(transaction.error());
    auto events = database_.prepare(
        "DELETE FROM events WHERE (accepted_s < ? OR number <= (SELECT MAX(number) FROM events) - "
        "?)"
        " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE event_id=events.id AND state=0)");
    if (!events) return fail(events.error());
    if (auto done = events->bind(now_s - history_s).bind(history_events).run(); !done) return done;
    auto packages = database_.prepare("DELETE FROM reported_packages WHERE seen_s < ?");
    if (!packages) return fail(packages.error());
    if (auto done = packages->bind(now_s - packages_remembered_s).run(); !done) return done;
    return transaction->commit();
}

}  // namespace pmx::notifier
