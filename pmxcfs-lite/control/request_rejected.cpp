// rejected: {"id"?: of one, or its first digits}
//   -> {"node", "node_name", "conflicts": [{"id", "index" and "view" (where it stood in the log
//   that lost), "time_ns", "node", "node_name", "uid", "login_uid", "pid", "program",
//   "acknowledged" (whoever saved it was told so; false: this node does not know), "changes":
//   [{"change", "kind": "file" | "directory", "path" (empty: not known any more), "old_path" (of a
//   rename), "now": "done" | "as_then" | "other"}]}]}
//
// The changes that lost out on this node, oldest first. Of one that is asked for by its id each
// change also has "version" (index; 0: nothing is there), and "before_base64", "after_base64" and
// "now_base64": null where there was no file, or nobody knows any more; contents beyond 10 MiB
// (640 KiB when a node asks another) are left out, and "contents_left_out" is true.
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "control/conflicts.h"
#include "control/request.h"
#include "control/views.h"

namespace pmx::control {

using nlohmann::json;

namespace {

// In base64 they and what surrounds them still fit into one answer.
std::size_t max_content_bytes(const Context& context) {
    return context.max_answer_bytes / 8 * 5;
}

const char* now_name(Now now) {
    switch (now) {
        case Now::done:
            return "done";
        case Now::as_then:
            return "as_then";
        case Now::other:
            break;
    }
    return "other";
}

bool may_see(const Context& context, const ports::RejectedChange& change) {
    if (context.administrator) return true;
    const bool renamed = change.kind == tree::ChangeKind::renamed;
    return !change.closed && may_see(context, change.path) &&
           (!renamed || may_see(context, change.old_path));
}

json content_json(const std::optional<std::string>& content) {
    return content ? json(encode_base64(*content)) : json(nullptr);
}

class ConflictWriter {
  public:
    ConflictWriter(const Context& context, bool with_contents)
        : context_(context), names_(context.store), with_contents_(with_contents) {}

    json write(const Conflict& conflict) {
        json changes = json::array();
        for (const ports::RejectedChange& change : conflict.changes) {
            if (may_see(context_, change)) changes.push_back(write(change));
        }
        if (changes.empty()) return nullptr;
        const ports::RejectedChange& first = conflict.first();
        json object = actor_json(first.actor);
        object.update({{"id", conflict.id},
                       {"index", first.index.value},
                       {"view", to_string(first.view)},
                       {"time_ns", to_ns(first.time)},
                       {"node", first.request.node.value},
                       {"node_name", names_.of(first.request.node)},
                       {"acknowledged", first.committed},
                       {"changes", std::move(changes)}});
        return object;
    }

  private:
    json write(const ports::RejectedChange& change) {
        const bool directory = change.node == tree::NodeKind::directory;
        json object = {{"change", change_name(change.kind)},
                       {"kind", directory ? "directory" : "file"},
                       {"path", change.path}};
        if (change.kind == tree::ChangeKind::renamed) object["old_path"] = change.old_path;
        std::uint64_t version = 0;
        std::optional<std::string> now;
        {
            const ports::TreeView view = context_.store.read();
            object["now"] = now_name(compare_with_now(*view, change));
            if (const auto node = view->resolve({.path = change.path})) {
                version = (*node)->version.value;
                if (with_contents_ && (*node)->content) now = *(*node)->content;
            }
        }
        if (!with_contents_) return object;
        object["version"] = version;
        bytes_ += size_of(change.before) + size_of(change.after) + size_of(now);
        const bool too_much = bytes_ > max_content_bytes(context_);
        object["contents_left_out"] = too_much;
        object["before_base64"] = too_much ? json(nullptr) : content_json(change.before);
        object["after_base64"] = too_much ? json(nullptr) : content_json(change.after);
        object["now_base64"] = too_much ? json(nullptr) : content_json(now);
        return object;
    }

    static std::size_t size_of(const std::optional<std::string>& content) {
        return content ? content->size() : 0;
    }

    const Context& context_;
    const NodeNames names_;
    const bool with_contents_;
    std::size_t bytes_ = 0;
};

}  // namespace

Result<json> handle_rejected(const Context& context, Arguments& arguments) {
    const auto id = arguments.optional_text("id", conflict_id_digits);
    if (auto ok = arguments.check(); !ok) return fail(ok.error());
    auto rejected = context.store.rejected();
    if (!rejected) return fail(rejected.error().while_doing("cannot read what lost out"));
    std::vector<Conflict> conflicts;
    if (id) {
        auto found = find_conflict(std::move(*rejected), *id);
        if (!found) return fail(found.error());
        conflicts.push_back(std::move(*found));
    } else {
        conflicts = group_by_request(std::move(*rejected));
    }
    ConflictWriter writer(context, id.has_value());
    json list = json::array();
    for (const Conflict& conflict : conflicts) {
        if (json object = writer.write(conflict); !object.is_null()) {
            list.push_back(std::move(object));
        }
    }
    if (id && list.empty()) return fail(Code::access_denied, "only root may see this change");
    return json{{"node", context.store.node().value},
                {"node_name", context.store.node_name()},
                {"conflicts", std::move(list)}};
}

}  // namespace pmx::control
