// log: {"path"?: of a file or a directory with all below, "limit"?: 1..10000 (100), "before"?:
// index}
//   -> {"changes": [{"index", "ordinal", "time_ns", "node", "node_name", "uid", "login_uid" (null:
//   nobody logged
//      in), "pid", "program", "change", "kind": "file" | "directory", "path", "size",
//      "old_path" (of a rename), "mode" and "root_group" (of permissions: from then on)}]},
//      newest first
#include <nlohmann/json.hpp>

#include "control/protocol.h"
#include "control/request.h"
#include "control/views.h"
#include "tree/layout.h"

namespace pmx::control {

using nlohmann::json;

namespace {

constexpr std::uint64_t max_records = 10'000;

json record_json(const ports::HistoryRecord& record, const NodeNames& names) {
    const tree::Change& change = record.change;
    json line = actor_json(record.actor);
    line.update({{"index", record.index.value},
                 {"ordinal", record.ordinal},
                 {"time_ns", to_ns(record.time)},
                 {"node", record.request.node.value},
                 {"node_name", names.of(record.request.node)},
                 {"change", change_name(change.kind)},
                 {"kind", change.node == tree::NodeKind::directory ? "directory" : "file"},
                 {"path", change.path},
                 {"size", change.size}});
    if (change.kind == tree::ChangeKind::renamed) line["old_path"] = change.old_path;
    if (change.kind == tree::ChangeKind::permissions) {
        const bool is_private = tree::is_private(change.path);
        line["mode"] = mode_text(change.node, is_private, change.withheld);
        line["root_group"] = is_private || change.withheld.group;
    }
    return line;
}

// What was closed then stays so, and what is closed now was not meant to be seen.
bool may_see(const Context& context, const tree::Change& change) {
    if (context.administrator) return true;
    const bool renamed = change.kind == tree::ChangeKind::renamed;
    return !change.closed && may_see(context, change.path) &&
           (!renamed || may_see(context, change.old_path));
}

}  // namespace

Result<json> handle_log(const Context& context, Arguments& arguments) {
    ports::HistoryQuery query;
    const auto path = arguments.optional_text("path", max_path_bytes);
    query.limit = arguments.optional_number("limit", max_records).value_or(100);
    query.before = LogIndex(arguments.optional_number("before", UINT64_MAX).value_or(UINT64_MAX));
    query.include_private = context.administrator;
    if (auto ok = arguments.check(); !ok) return fail(ok.error());
    if (path) {
        auto in_tree = tree_path(context, *path);
        if (!in_tree) return fail(in_tree.error());
        if (!may_see(context, *in_tree)) {
            return fail(Code::access_denied, "only root may see the history of " + *in_tree);
        }
        if (!in_tree->empty()) query.path = std::move(*in_tree);
    }
    auto records = context.store.history(query);
    if (!records) return fail(records.error().while_doing("cannot read the history"));
    const NodeNames names(context.store);
    json changes = json::array();
    for (const ports::HistoryRecord& record : *records) {
        if (may_see(context, record.change)) changes.push_back(record_json(record, names));
    }
    return json{{"changes", std::move(changes)}};
}

}  // namespace pmx::control
