// status: no arguments -> everything `pmxctl status` shows; the keys are below and in
// cluster_view.h.
//
// "last_failure", "locks" and the details of "damage" to administrators only: they may name what
// is in priv/.
#include <nlohmann/json.hpp>

#include "control/cluster_view.h"
#include "control/explanation.h"
#include "control/request.h"
#include "control/views.h"
#include "tree/limits.h"

namespace pmx::control {

using nlohmann::json;

namespace {

json view_json(const std::optional<View>& view) {
    return view ? json(to_string(*view)) : json(nullptr);
}

json voters_json(const replica::VoterList& voters) {
    json list = json::array();
    for (const replica::Voter& voter : voters) {
        list.push_back({{"node", voter.node.value}, {"disk", to_hex(voter.disk)}});
    }
    return list;
}

json identity_json(const ports::StoreStatus& status) {
    const ports::Identity& identity = status.identity;
    const ports::NodeList& list = status.membership.list;
    json object = {{"mode", identity.mode == ports::Mode::cluster ? "cluster" : "one-node"},
                   {"node", {{"id", identity.node.value}, {"name", identity.node_name}}},
                   {"cluster", to_hex(identity.cluster)},
                   {"cluster_name", nullptr},
                   {"config_version", list.config_version},
                   {"disk", to_hex(identity.disk)}};
    if (!list.cluster_name.empty()) object["cluster_name"] = list.cluster_name;
    return object;
}

json replica_json(const replica::Status& replica, LogIndex applied) {
    return {{"view", view_json(replica.open_view)},
            {"promise", to_string(replica.promise)},
            {"leading", replica.leading},
            {"quorate", replica.quorate},
            {"level", replica.level},
            {"known_level", replica::highest_level},
            {"members", ids_json(replica.members)},
            {"voters", voters_json(replica.voters)},
            {"in_step", replica.in_step},
            {"waiting_for", ids_json(replica.waiting_for)},
            {"catching_up", catching_up_json(replica.catching_up)},
            {"scrub", scrub_json(replica.scrub)},
            {"log",
             {{"last", replica.last.value},
              {"durable", replica.durable.value},
              {"committed", replica.committed.value},
              {"applied", applied.value}}},
            {"in_flight",
             {{"requests", replica.in_flight_requests}, {"bytes", replica.in_flight_bytes}}}};
}

json cluster_json(const ports::StoreStatus& status) {
    const std::vector<Standing> nodes = standings(status);
    json object = {{"nodes", nodes_json(nodes, status.replica.committed)},
                   {"quorum", quorum_json(count_votes(nodes), status.replica.quorate)},
                   {"quorum_device", quorum_device_json(status.membership.list.quorum_device)},
                   {"conflicts", status.rejected_requests},
                   {"ahead", nullptr},
                   {"warnings", status.warnings},
                   {"no_view_for_s", nullptr}};
    if (const auto& ahead = status.replica.ahead) {
        object["ahead"] = {{"node", ahead->node.value}, {"index", ahead->last.value}};
    }
    if (status.replica.view_lost) {
        object["no_view_for_s"] =
            std::chrono::floor<std::chrono::seconds>(status.taken - *status.replica.view_lost)
                .count();
    }
    return object;
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

json daemon_json(const Context& context, const ports::StoreStatus& status, WallTime now) {
    json object = {{"version", PMX_VERSION},
                   {"mount", context.mount},
                   {"started_ns", to_ns(status.started)},
                   {"uptime_s",
                    std::max<std::int64_t>(
                        std::chrono::floor<std::chrono::seconds>(now - status.started).count(), 0)},
                   {"writable", status.writable == Code::ok},
                   {"read_only_reason", nullptr}};
    if (status.writable != Code::ok) object["read_only_reason"] = why_read_only(status, now);
    return object;
}

}  // namespace

Result<json> handle_status(const Context& context, Arguments& arguments) {
    if (auto ok = arguments.check(); !ok) return fail(ok.error());
    const ports::StoreStatus status = context.store.status();
    const NodeNames names(context.store);
    const WallTime now = SystemClock().wall();
    json answer = identity_json(status);
    answer.update(daemon_json(context, status, now));
    answer.update(replica_json(status.replica, status.applied));
    answer.update(cluster_json(status));
    answer["usage"] = usage_json(status.totals);
    answer["damage"] = damage_json(context);
    const ports::TreeView view = context.store.read();
    answer["locks_held"] = count_locks(*view);
    if (context.administrator) {
        answer["locks"] = locks_json(*view, names, now);
        answer["last_failure"] = nullptr;
        if (const auto& failure = status.last_failure) {
            answer["last_failure"] = {{"text", failure->text}, {"time_ns", to_ns(failure->time)}};
        }
    }
    return answer;
}

}  // namespace pmx::control
