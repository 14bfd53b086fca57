// status: no arguments -> everything `pmxctl status` shows; the keys are below.
//
// "last_failure", "locks" and the details of "damage" to administrators only: they may name what
// is in priv/.
#include <nlohmann/json.hpp>

#include "control/request.h"
#include "control/views.h"
#include "tree/limits.h"

namespace pmx::control {

using nlohmann::json;

namespace {

json view_json(const std::optional<View>& view) {
    return view ? json(to_string(*view)) : json(nullptr);
}

json node_ids(const std::vector<NodeId>& nodes) {
    json ids = json::array();
    for (const NodeId node : nodes)
        ids.push_back(node.value);
    return ids;
}

json voters_json(const replica::VoterList& voters) {
    json list = json::array();
    for (const replica::Voter& voter : voters) {
        list.push_back({{"node", voter.node.value}, {"disk", to_hex(voter.disk)}});
    }
    return list;
}

json identity_json(const ports::Identity& identity) {
    return {{"mode", identity.mode == ports::Mode::cluster ? "cluster" : "one-node"},
            {"node", {{"id", identity.node.value}, {"name", identity.node_name}}},
            {"cluster", to_hex(identity.cluster)},
            {"disk", to_hex(identity.disk)}};
}

json replica_json(const replica::Status& replica, LogIndex applied) {
    return {{"view", view_json(replica.open_view)},
            {"promise", to_string(replica.promise)},
            {"leading", replica.leading},
            {"quorate", replica.quorate},
            {"level", replica.level},
            {"members", node_ids(replica.members)},
            {"voters", voters_json(replica.voters)},
            {"log",
             {{"last", replica.last.value},
              {"durable", replica.durable.value},
              {"committed", replica.committed.value},
              {"applied", applied.value}}},
            {"in_flight",
             {{"requests", replica.in_flight_requests}, {"bytes", replica.in_flight_bytes}}}};
}

json usage_json(const tree::Totals& totals) {
    return {{"bytes", totals.bytes},
            {"max_bytes", tree::max_total_bytes},
            {"inodes", totals.inodes},
            {"max_inodes", tree::max_inodes}};
}

json damage_json(const Context& context) {
    const auto diagnosis =
        context.recovery == nullptr ? std::nullopt : context.recovery->describe();
    if (!diagnosis) return nullptr;
    if (context.administrator) return diagnosis_json(*diagnosis);
    return {{"summary", "the database was damaged: root can see what was lost"}};
}

}  // namespace

Result<json> handle_status(const Context& context, Arguments& arguments) {
    if (auto ok = arguments.check(); !ok) return fail(ok.error());
    const ports::StoreStatus status = context.store.status();
    const WallTime now = SystemClock().wall();
    json answer = identity_json(status.identity);
    answer.update(replica_json(status.replica, status.applied));
    answer["version"] = PMX_VERSION;
    answer["mount"] = context.mount;
    answer["started_ns"] = to_ns(status.started);
    answer["uptime_s"] = std::max<std::int64_t>(
        std::chrono::floor<std::chrono::seconds>(now - status.started).count(), 0);
    answer["writable"] = status.writable == Code::ok;
    answer["read_only_reason"] = nullptr;
    if (status.writable != Code::ok) answer["read_only_reason"] = status.read_only_reason;
    answer["usage"] = usage_json(status.totals);
    answer["damage"] = damage_json(context);
    const ports::TreeView view = context.store.read();
    answer["locks_held"] = count_locks(*view);
    if (context.administrator) {
        answer["locks"] = locks_json(*view, now);
        answer["last_failure"] = nullptr;
        if (status.last_failure) answer["last_failure"] = *status.last_failure;
    }
    return answer;
}

}  // namespace pmx::control
