// What became of deliveries.
#include "notifier/outbox/backoff.h"
#include "notifier/outbox/outbox.h"

namespace pmx::notifier {
namespace {

// So often has failed what was tried for 24 h.
std::int64_t failures_of_24_hours() {
    std::int64_t failures = 1;
    while (retry_delay_s(failures, 0))
        ++failures;
    return failures;
}

}  // namespace

Result<void> Outbox::record_delivered(const StoredDelivery& delivery, const std::string& answer,
                                      std::int64_t now_s) {
    return record(delivery, DeliveryState::delivered, answer, now_s, now_s);
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
    if (auto kept = record_health(delivery.plan.target, state, reason, now_s); !kept) return kept;
    if (state == DeliveryState::delivered) {
        if (auto forgot = forget_bodies(delivery.event_id); !forgot) return forgot;
    }
    return transaction->commit();
}

Result<void> Outbox::record_health(const std::string& target, DeliveryState state,
                                   const std::string& error, std::int64_t now_s) {
    const bool delivered = state == DeliveryState::delivered;
    const bool retried = state == DeliveryState::queued;
    auto statement = database_.prepare(
        delivered ? "INSERT INTO target_health(target, last_success_s, last_failure_s, last_error,"
                    " delivered) VALUES(?,?,0,'',1) ON CONFLICT(target) DO UPDATE SET"
                    " last_success_s=excluded.last_success_s, delivered=delivered+1"
                  : "INSERT INTO target_health(target, last_failure_s, last_success_s, last_error,"
                    " retried, given_up) VALUES(?,?,0,?,?,?) ON CONFLICT(target) DO UPDATE SET"
                    " last_failure_s=excluded.last_failure_s, last_error=excluded.last_error,"
                    " retried=retried+excluded.retried, given_up=given_up+excluded.given_up");
    if (!statement) return fail(statement.error());
    statement->bind(target).bind(now_s);
    if (!delivered) {
        statement->bind(error).bind(std::int64_t{retried}).bind(std::int64_t{!retried});
    }
    return statement->run();
}

Result<std::vector<StoredDelivery>> Outbox::record_target_down(
    const std::string& target, const std::set<std::int64_t>& tried, bool counts,
    const std::string& reason, std::int64_t now_s, std::int64_t next_attempt_s) {
    std::string own;
    for (const std::int64_t id : tried)
        own += (own.empty() ? "" : ",") + std::to_string(id);
    const std::string attempts =
        counts ? "attempts+(id NOT IN (" + own + "))" : std::string("MAX(attempts,1)");
    const std::lock_guard lock(mutex_);
    auto transaction = Transaction::begin(database_);
    if (!transaction) return fail(transaction.error());
    auto all = database_.prepare(
        "UPDATE deliveries SET next_attempt_s=?, reason=?, updated_s=?, attempts=" + attempts +
        " WHERE state=0 AND target=? AND (SELECT cluster FROM events WHERE id=event_id)<>1");
    if (!all) return fail(all.error());
    auto done = all->bind(next_attempt_s).bind(reason).bind(now_s).bind(target).run();
    if (!done) return fail(done.error());
    auto dead = database_.prepare(
        "UPDATE deliveries SET state=3 WHERE state=0 AND target=? AND attempts>=? RETURNING id");
    if (!dead) return fail(dead.error());
    dead->bind(target).bind(failures_of_24_hours());
    std::vector<std::int64_t> ids;
    for (;;) {
        auto row = dead->step();
        if (!row) return fail(row.error());
        if (!*row) break;
        ids.push_back(dead->integer(0));
    }
    std::vector<StoredDelivery> given_up;
    for (const std::int64_t id : ids) {
        auto counted_too = record_health(target, DeliveryState::dead, reason, now_s);
        if (!counted_too) return fail(counted_too.error());
        auto row = read_one(id);
        if (!row) return fail(row.error());
        given_up.push_back(std::move(*row));
    }
    if (auto committed = transaction->commit(); !committed) return fail(committed.error());
    return given_up;
}

Result<void> Outbox::record_early(const StoredDelivery& delivery, const std::string& reason,
                                  std::int64_t now_s, std::int64_t next_attempt_s) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(
        "UPDATE deliveries SET next_attempt_s=?, reason=?, updated_s=?, attempts=MAX(attempts,1)"
        " WHERE id=? AND state=0");
    if (!statement) return fail(statement.error());
    return statement->bind(next_attempt_s).bind(reason).bind(now_s).bind(delivery.id).run();
}

Result<void> Outbox::check_not_offered(std::int64_t delivery_id) {
    auto statement = database_.prepare(
        "SELECT 1 FROM deliveries d JOIN events e ON e.id=d.event_id WHERE d.id=? AND e.cluster=1");
    if (!statement) return fail(statement.error());
    auto row = statement->bind(delivery_id).step();
    if (!row) return fail(row.error());
    if (!*row) return {};
    return fail(Code::busy, "delivery " + std::to_string(delivery_id) +
                                " is of an event that another node of the cluster may be "
                                "delivering: try it again on that node");
}

Result<void> Outbox::retry(std::int64_t id, std::int64_t now_s) {
    const std::lock_guard lock(mutex_);
    if (auto checked = check_not_offered(id); !checked) return checked;
    auto statement = database_.prepare(
        "UPDATE deliveries SET state=0, attempts=0, next_attempt_s=? WHERE id=?"
        " AND state IN (0,2,3) AND kind<>0");
    if (!statement) return fail(statement.error());
    if (auto done = statement->bind(now_s).bind(id).run(); !done) return done;
    if (database_.changes() == 1) return {};
    return fail(Code::invalid_argument,
                "delivery " + std::to_string(id) + " is not one that can be tried again");
}

Result<void> Outbox::hold(const StoredDelivery& delivery, const std::string& why,
                          std::int64_t until_s, std::int64_t now_s) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(
        "UPDATE deliveries SET state=5, reason=?, next_attempt_s=?, updated_s=?"
        " WHERE id=? AND state=0");
    if (!statement) return fail(statement.error());
    return statement->bind(why).bind(until_s).bind(now_s).bind(delivery.id).run();
}

Result<void> Outbox::extend_hold(const std::string& target, const std::string& why,
                                 std::int64_t until_s) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(
        "UPDATE deliveries SET reason=?, next_attempt_s=? WHERE state=5"
        " AND target=?");
    if (!statement) return fail(statement.error());
    return statement->bind(why).bind(until_s).bind(target).run();
}

Result<bool> Outbox::gather(const Acceptance& digest, const std::vector<StoredDelivery>& told,
                            std::int64_t now_s) {
    const std::lock_guard lock(mutex_);
    auto transaction = Transaction::begin(database_);
    if (!transaction) return fail(transaction.error());
    auto inserted = insert(digest, now_s);
    if (!inserted || !*inserted) return inserted;
    for (const StoredDelivery& delivery : told) {
        auto statement = database_.prepare(
            "UPDATE deliveries SET state=6, digest=?, reason=?, updated_s=?"
            " WHERE id=? AND state=5");
        if (!statement) return fail(statement.error());
        auto done = statement->bind(digest.event.id)
                        .bind("in digest " + digest.event.id)
                        .bind(now_s)
                        .bind(delivery.id)
                        .run();
        if (!done) return fail(done.error());
        if (database_.changes() != 1) return false;
    }
    if (auto done = transaction->commit(); !done) return fail(done.error());
    return true;
}

Result<void> Outbox::take_back(const StoredDelivery& digest, const std::string& why,
                               std::int64_t until_s, std::int64_t now_s) {
    const std::lock_guard lock(mutex_);
    auto transaction = Transaction::begin(database_);
    if (!transaction) return fail(transaction.error());
    auto given_up = database_.prepare(
        "UPDATE deliveries SET state=4, reason=?, updated_s=? WHERE id=? AND state=0");
    if (!given_up) return fail(given_up.error());
    given_up->bind("what it told of is held again: " + why).bind(now_s).bind(digest.id);
    if (auto done = given_up->run(); !done) return done;
    if (database_.changes() != 1) return {};
    auto held = database_.prepare(
        "UPDATE deliveries SET state=5, digest='', reason=?, next_attempt_s=?, updated_s=?"
        " WHERE digest=? AND state=6");
    if (!held) return fail(held.error());
    held->bind(why).bind(until_s).bind(now_s).bind(digest.event_id);
    if (auto done = held->run(); !done) return done;
    if (auto forgot = forget_body(digest.event_id); !forgot) return forgot;
    return transaction->commit();
}

}  // namespace pmx::notifier
