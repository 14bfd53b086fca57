// What goes into the outbox, and what is forgotten.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.h"

#include "notifier/outbox/outbox.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;

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
        " WHERE d.state IN (0,5) AND e.uid=?");
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
    auto inserted = insert(acceptance, now_s);
    if (!inserted || !*inserted) return inserted;
    if (auto done = transaction->commit(); !done) return fail(done.error());
    return true;
}

Result<bool> Outbox::insert(const Acceptance& acceptance, std::int64_t now_s) {
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
    for (const NewDelivery& delivery : acceptance.deliveries) {
        if (auto done = insert_delivery(acceptance.event.id, delivery, now_s); !done) {
            return fail(done.error());
        }
    }
    if (auto done = forget_body(acceptance.event.id); !done) return fail(done.error());
    if (auto done = insert_packages(acceptance, now_s); !done) return fail(done.error());
    return true;
}

Result<void> Outbox::insert_event(const Acceptance& acceptance, std::int64_t now_s) {
    const Event& event = acceptance.event;
    auto statement = database_.prepare(
        "INSERT INTO events(id, uid, caller, type, severity, title, body, html, fields,"
        " timestamp_s, node, accepted_s, refused, note, cluster, asked_target, asked_job)"
        " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    if (!statement) return fail(statement.error());
    return statement->bind(event.id)
        .bind(std::int64_t{acceptance.uid})
        .bind(acceptance.caller)
        .bind(event.type)
        .bind(to_string(event.severity))
        .bind(event.title)
        .bind(event.body)
        .bind_optional(event.html)
        .bind(compact_text(event.fields))
        .bind(event.timestamp_s)
        .bind(event.node)
        .bind(now_s)
        .bind(std::int64_t{acceptance.refused})
        .bind(acceptance.note)
        .bind(static_cast<std::int64_t>(acceptance.cluster))
        .bind_optional(event.target)
        .bind_optional(event.job)
        .run();
}

Result<void> Outbox::insert_delivery(const std::string& event_id, const NewDelivery& delivery,
                                     std::int64_t now_s) {
    json skipped = json::array();
    for (const auto& [user, why] : delivery.skipped_users)
        skipped.push_back({user, why});
    auto statement = database_.prepare(
        "INSERT INTO deliveries(event_id, target, via, kind, state, reason, sender, author,"
        " recipients, skipped, attempts, next_attempt_s, updated_s, node)"
        " VALUES(?,?,?,?,?,?,?,?,?,?,0,?,?,?)");
    if (!statement) return fail(statement.error());
    return statement->bind(event_id)
        .bind(delivery.target)
        .bind_optional(delivery.via)
        .bind(static_cast<std::int64_t>(delivery.kind))
        .bind(static_cast<std::int64_t>(delivery.state))
        .bind(delivery.reason)
        .bind(delivery.from)
        .bind(delivery.author)
        .bind(compact_text(delivery.recipients))
        .bind(compact_text(skipped))
        .bind(now_s)
        .bind(now_s)
        .bind(delivery.node)
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

// What makes an event's messages is kept as long as a delivery may need it, or another digest.
Result<void> Outbox::forget_body(const std::string& event_id) {
    auto statement = database_.prepare(
        "UPDATE events SET body='', html=NULL, fields='{}' WHERE id=?1 AND cluster<>1"
        " AND NOT EXISTS"
        " (SELECT 1 FROM deliveries WHERE event_id=?1 AND state IN (0,2,3,5))"
        " AND NOT EXISTS"
        " (SELECT 1 FROM deliveries d JOIN deliveries g ON g.event_id=d.digest"
        " WHERE d.event_id=?1 AND d.state=6 AND g.state IN (0,2,3))");
    if (!statement) return fail(statement.error());
    return statement->bind(event_id).run();
}

// Of an event that was delivered, and of those that it told of.
Result<void> Outbox::forget_bodies(const std::string& event_id) {
    std::vector<std::string> ids = {event_id};
    auto told = database_.prepare("SELECT event_id FROM deliveries WHERE digest=? AND digest<>''");
    if (!told) return fail(told.error());
    told->bind(event_id);
    for (;;) {
        auto row = told->step();
        if (!row) return fail(row.error());
        if (!*row) break;
        ids.push_back(told->text(0));
    }
    for (const std::string& id : ids)
        if (auto forgot = forget_body(id); !forgot) return forgot;
    return {};
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
        " AND cluster NOT IN (1,2)"
        " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE event_id=events.id AND state IN (0,5))"
        " AND NOT EXISTS (SELECT 1 FROM deliveries d JOIN deliveries g ON g.event_id=d.digest"
        " WHERE d.event_id=events.id AND d.state=6 AND g.state=0)");
    if (!events) return fail(events.error());
    if (auto done = events->bind(now_s - history_s).bind(history_events).run(); !done) return done;
    auto packages = database_.prepare("DELETE FROM reported_packages WHERE seen_s < ?");
    if (!packages) return fail(packages.error());
    if (auto done = packages->bind(now_s - packages_remembered_s).run(); !done) return done;
    return transaction->commit();
}

Result<void> Outbox::keep_recipients(const StoredDelivery& delivery,
                                     const std::vector<std::string>& remaining) {
    std::vector<std::string> reached = delivery.reached;
    for (const std::string& recipient : delivery.plan.recipients) {
        const bool remains =
            std::find(remaining.begin(), remaining.end(), recipient) != remaining.end();
        if (!remains) reached.push_back(recipient);
    }
    const std::lock_guard lock(mutex_);
    auto statement =
        database_.prepare("UPDATE deliveries SET recipients=?, reached=? WHERE id=? AND state=0");
    if (!statement) return fail(statement.error());
    return statement->bind(compact_text(remaining))
        .bind(compact_text(reached))
        .bind(delivery.id)
        .run();
}

Result<void> Outbox::readdress(std::int64_t id, const std::string& from, const std::string& author,
                               const std::vector<std::string>& recipients) {
    const std::lock_guard lock(mutex_);
    if (auto checked = check_not_offered(id); !checked) return checked;
    auto statement = database_.prepare(
        "UPDATE deliveries SET sender=?, author=?, recipients=? WHERE id=? AND state IN (0,2,3)");
    if (!statement) return fail(statement.error());
    return statement->bind(from).bind(author).bind(compact_text(recipients)).bind(id).run();
}

Result<void> Outbox::keep_watches(const std::map<std::string, StoredWatch>& watches) {
    const std::lock_guard lock(mutex_);
    auto transaction = Transaction::begin(database_);
    if (!transaction) return fail(transaction.error());
    if (auto done = database_.execute("DELETE FROM watches"); !done) return done;
    for (const auto& [name, watch] : watches) {
        auto insert = database_.prepare("INSERT INTO watches VALUES(?,?,?,?)");
        if (!insert) return fail(insert.error());
        insert->bind(name).bind(watch.watched_since_s);
        insert->bind_optional(watch.seen_s).bind_optional(watch.told_s);
        if (auto done = insert->run(); !done) return done;
    }
    return transaction->commit();
}

}  // namespace pmx::notifier
