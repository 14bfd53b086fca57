// Events that concern the cluster: which are this node's to deliver, and what others did.
#include <algorithm>

#include "base/json.h"
#include "notifier/outbox/outbox.h"
#include "notifier/outbox/outbox_rows.h"

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
                           const std::vector<NewDelivery>& deliveries, const Reached& reached,
                           std::int64_t now_s) {
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
    for (const auto& [target, addresses] : reached)
        if (auto done = leave_out(event_id, target, addresses, now_s); !done) return done;
    if (auto forgot = forget_body(event_id); !forgot) return forgot;
    return transaction->commit();
}

Result<void> Outbox::leave_out(const std::string& event_id, const std::string& target,
                               const std::vector<std::string>& reached, std::int64_t now_s) {
    auto owed = database_.prepare(
        select_deliveries("deliveries d JOIN events e ON e.id=d.event_id"
                          " WHERE d.event_id=? AND d.target=? AND d.state IN (0,5)"));
    if (!owed) return fail(owed.error());
    auto rows = list(owed->bind(event_id).bind(target));
    if (!rows) return fail(rows.error());
    for (StoredDelivery& row : *rows) {
        auto& recipients = row.plan.recipients;
        const auto has_it = [&](const std::string& address) {
            return std::find(reached.begin(), reached.end(), address) != reached.end();
        };
        std::copy_if(recipients.begin(), recipients.end(), std::back_inserter(row.reached), has_it);
        std::erase_if(recipients, has_it);
        const DeliveryState state = recipients.empty() ? DeliveryState::delivered : row.plan.state;
        auto update = database_.prepare(
            "UPDATE deliveries SET recipients=?, reached=?, state=?, updated_s=? WHERE id=?");
        if (!update) return fail(update.error());
        auto done = update->bind(compact_text(recipients))
                        .bind(compact_text(row.reached))
                        .bind(static_cast<std::int64_t>(state))
                        .bind(now_s)
                        .bind(row.id)
                        .run();
        if (!done) return done;
    }
    return {};
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
