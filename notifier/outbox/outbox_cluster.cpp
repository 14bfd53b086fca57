// Events that concern the cluster: which are this node's to deliver, and what others did.
#include "notifier/outbox/outbox.h"

namespace pmx::notifier {

Result<std::vector<std::pair<std::string, ClusterState>>> Outbox::open_cluster_events() {
    const std::lock_guard lock(mutex_);
    auto statement =
        database_.prepare("SELECT id, cluster FROM events WHERE cluster IN (1,2) ORDER BY number");
    if (!statement) return fail(statement.error());
    std::vector<std::pair<std::string, ClusterState>> open;
    for (;;) {
        auto row = statement->step();
        if (!row) return fail(row.error());
        if (!*row) return open;
        open.emplace_back(statement->text(0), static_cast<ClusterState>(statement->integer(1)));
    }
}

Result<std::optional<ClusterState>> Outbox::cluster_state(const std::string& event_id) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare("SELECT cluster FROM events WHERE id=?");
    if (!statement) return fail(statement.error());
    auto row = statement->bind(event_id).step();
    if (!row) return fail(row.error());
    if (!*row) return std::optional<ClusterState>();
    const std::int64_t number = statement->integer(0);
    const bool known = number >= 0 && number <= static_cast<int>(ClusterState::alone);
    return std::optional(known ? static_cast<ClusterState>(number) : ClusterState::none);
}

Result<void> Outbox::set_cluster_state(const std::string& event_id, ClusterState state) {
    const std::lock_guard lock(mutex_);
    auto transaction = Transaction::begin(database_);
    if (!transaction) return fail(transaction.error());
    auto statement = database_.prepare("UPDATE events SET cluster=? WHERE id=?");
    if (!statement) return fail(statement.error());
    statement->bind(static_cast<std::int64_t>(state)).bind(event_id);
    if (auto done = statement->run(); !done) return done;
    if (auto forgot = forget_body(event_id); !forgot) return forgot;
    return transaction->commit();
}

Result<void> Outbox::adopt(const std::string& event_id, ClusterState state, const std::string& note,
                           const std::vector<NewDelivery>& deliveries, std::int64_t now_s) {
    const std::lock_guard lock(mutex_);
    auto transaction = Transaction::begin(database_);
    if (!transaction) return fail(transaction.error());
    auto statement = database_.prepare("UPDATE events SET cluster=?, note=? WHERE id=?");
    if (!statement) return fail(statement.error());
    statement->bind(static_cast<std::int64_t>(state)).bind(note).bind(event_id);
    if (auto done = statement->run(); !done) return done;
    for (const NewDelivery& delivery : deliveries) {
        auto known = database_.prepare("SELECT 1 FROM deliveries WHERE event_id=? AND target=?");
        if (!known) return fail(known.error());
        auto row = known->bind(event_id).bind(delivery.target).step();
        if (!row) return fail(row.error());
        if (*row) continue;
        if (auto done = insert_delivery(event_id, delivery, now_s); !done) return done;
    }
    if (auto forgot = forget_body(event_id); !forgot) return forgot;
    return transaction->commit();
}

Result<void> Outbox::record_elsewhere(const std::string& event_id,
                                      const std::vector<NewDelivery>& done, std::int64_t now_s) {
    const std::lock_guard lock(mutex_);
    auto transaction = Transaction::begin(database_);
    if (!transaction) return fail(transaction.error());
    for (const NewDelivery& delivery : done) {
        auto update = database_.prepare(
            "UPDATE deliveries SET state=?, reason=?, node=?, updated_s=?"
            " WHERE event_id=? AND target=? AND (state IN (0,5) OR (state=6 AND EXISTS (SELECT 1"
            " FROM deliveries g WHERE g.event_id=deliveries.digest AND g.state=0)))");
        if (!update) return fail(update.error());
        auto updated = update->bind(static_cast<std::int64_t>(delivery.state))
                           .bind(delivery.reason)
                           .bind(delivery.node)
                           .bind(now_s)
                           .bind(event_id)
                           .bind(delivery.target)
                           .run();
        if (!updated) return updated;
        auto known = database_.prepare("SELECT 1 FROM deliveries WHERE event_id=? AND target=?");
        if (!known) return fail(known.error());
        auto row = known->bind(event_id).bind(delivery.target).step();
        if (!row) return fail(row.error());
        if (*row) continue;
        if (auto inserted = insert_delivery(event_id, delivery, now_s); !inserted) return inserted;
    }
    return transaction->commit();
}

Result<bool> Outbox::is_settled(const std::string& event_id) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(
        "SELECT 1 FROM deliveries d WHERE d.event_id=? AND (d.state IN (0,5) OR (d.state=6 AND"
        " EXISTS (SELECT 1 FROM deliveries g WHERE g.event_id=d.digest AND g.state IN (0,5))))");
    if (!statement) return fail(statement.error());
    auto row = statement->bind(event_id).step();
    if (!row) return fail(row.error());
    return !*row;
}

}  // namespace pmx::notifier
