// What is owed: whose turn it is at each target, and what waits for a digest.
#include "notifier/outbox/backoff.h"
#include "notifier/outbox/outbox.h"
#include "notifier/outbox/outbox_rows.h"

namespace pmx::notifier {
namespace {

// Due now. Later than any delay: the clock was set back since, do not wait for it to come round.
std::string is_due(std::int64_t now_s) {
    return "(d.next_attempt_s<=" + std::to_string(now_s) + " OR d.next_attempt_s>" +
           std::to_string(now_s + 2 * longest_delay_s) + ")";
}

// Not for this node to send: another node may hold it.
constexpr const char* is_ours = "e.cluster<>1";

}  // namespace

Result<std::vector<std::string>> Outbox::targets_with(const std::string& condition) {
    // From one target to the next by the index, however many deliveries each has.
    const std::string next = "(SELECT MIN(target) FROM deliveries WHERE " + condition;
    auto statement = database_.prepare("WITH RECURSIVE t(name) AS (SELECT " + next +
                                       ") UNION ALL SELECT " + next +
                                       " AND target>t.name) FROM t WHERE t.name IS NOT NULL)"
                                       " SELECT name FROM t WHERE name IS NOT NULL");
    if (!statement) return fail(statement.error());
    std::vector<std::string> targets;
    for (;;) {
        auto row = statement->step();
        if (!row) return fail(row.error());
        if (!*row) return targets;
        targets.push_back(statement->text(0));
    }
}

Result<std::vector<std::string>> Outbox::owed_targets() {
    const std::lock_guard lock(mutex_);
    return targets_with("state=0");
}

Result<std::vector<std::string>> Outbox::held_targets() {
    const std::lock_guard lock(mutex_);
    return targets_with("state=5");
}

Result<std::optional<StoredDelivery>> Outbox::first_of(const std::string& target,
                                                       const std::string& condition,
                                                       std::int64_t except) {
    auto statement = database_.prepare(select_deliveries(
        "deliveries d INDEXED BY deliveries_in_order CROSS JOIN events e ON e.id=d.event_id"
        " WHERE d.state=0 AND d.target=? AND d.id<>? AND " +
        condition + " ORDER BY d.id LIMIT 1"));
    if (!statement) return fail(statement.error());
    statement->bind(target).bind(except);
    auto found = list(*statement);
    if (!found) return fail(found.error());
    if (found->empty()) return std::optional<StoredDelivery>();
    return std::optional(std::move(found->front()));
}

Result<std::optional<StoredDelivery>> Outbox::first_due(const std::string& target,
                                                        std::int64_t now_s, std::int64_t except) {
    const std::lock_guard lock(mutex_);
    return first_of(target, is_ours + (" AND " + is_due(now_s)), except);
}

Result<std::optional<StoredDelivery>> Outbox::first_owed(const std::string& target,
                                                         std::int64_t except) {
    const std::lock_guard lock(mutex_);
    return first_of(target, is_ours, except);
}

Result<std::optional<std::int64_t>> Outbox::next_due_s(const std::string& target) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(
        "SELECT d.next_attempt_s FROM deliveries d INDEXED BY deliveries_by_turn"
        " CROSS JOIN events e ON e.id=d.event_id"
        " WHERE d.state=0 AND d.target=? AND e.cluster<>1 ORDER BY d.next_attempt_s LIMIT 1");
    if (!statement) return fail(statement.error());
    auto row = statement->bind(target).step();
    if (!row) return fail(row.error());
    return *row ? std::optional(statement->integer(0)) : std::nullopt;
}

Result<std::optional<std::int64_t>> Outbox::next_release_s() {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare("SELECT MIN(next_attempt_s) FROM deliveries WHERE state=5");
    if (!statement) return fail(statement.error());
    auto row = statement->step();
    if (!row) return fail(row.error());
    return statement->optional_integer(0);
}

Result<std::vector<StoredDelivery>> Outbox::held(const std::string& target, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    auto statement = database_.prepare(select_deliveries(
        "deliveries d INDEXED BY deliveries_in_order CROSS JOIN events e ON e.id=d.event_id"
        " WHERE d.state=5 AND d.target=? AND e.cluster<>1 ORDER BY d.id"));
    if (!statement) return fail(statement.error());
    return list(statement->bind(target), limit);
}

Result<std::int64_t> Outbox::delivered_since(const std::string& target, std::int64_t since_s) {
    const std::lock_guard lock(mutex_);
    // Of what is done, next_attempt_s is when.
    auto statement = database_.prepare(
        "SELECT COUNT(*) FROM deliveries INDEXED BY deliveries_by_turn"
        " WHERE state=1 AND target=? AND next_attempt_s>? AND node=''");
    if (!statement) return fail(statement.error());
    auto row = statement->bind(target).bind(since_s).step();
    if (!row) return fail(row.error());
    return statement->integer(0);
}

}  // namespace pmx::notifier
