#include "control/conflicts.h"

#include <algorithm>
#include <map>

#include "base/bytes.h"
#include "base/sha256.h"
#include "tree/layout.h"

namespace pmx::control {
namespace {

std::string id_of(const RequestId& request) {
    ByteWriter writer;
    writer.id(request);
    return to_hex(sha256(writer.bytes())).substr(0, conflict_id_digits);
}

}  // namespace

std::vector<Conflict> group_by_request(std::vector<ports::RejectedChange> rejected) {
    std::vector<Conflict> conflicts;
    std::map<RequestId, std::size_t> place;
    for (ports::RejectedChange& change : rejected) {
        const auto [at, is_new] = place.emplace(change.request, conflicts.size());
        if (is_new) conflicts.push_back({.id = id_of(change.request), .changes = {}});
        conflicts[at->second].changes.push_back(std::move(change));
    }
    return conflicts;
}

Result<Conflict> find_conflict(std::vector<ports::RejectedChange> rejected, std::string_view id) {
    std::vector<Conflict> conflicts = group_by_request(std::move(rejected));
    std::erase_if(conflicts, [id](const Conflict& one) { return !one.id.starts_with(id); });
    if (id.size() < min_conflict_id_digits || conflicts.empty()) {
        return fail(Code::not_found,
                    "no change with the id '" + std::string(id) + "' has lost out on this node");
    }
    if (conflicts.size() > 1) {
        return fail(Code::invalid_argument, "several ids begin with '" + std::string(id) + "'");
    }
    return std::move(conflicts.front());
}

Now compare_with_now(const tree::Tree& tree, const ports::RejectedChange& change) {
    using Kind = tree::ChangeKind;
    const auto at = [&tree](const std::string& path) -> const tree::Node* {
        const auto node = tree.resolve({.path = path});
        return node ? *node : nullptr;
    };
    const auto holds = [](const tree::Node* node, const std::optional<std::string>& content) {
        return content && node != nullptr && node->content && *node->content == *content;
    };
    const tree::Node* node = at(change.path);
    switch (change.kind) {
        case Kind::created:
        case Kind::modified: {
            if (change.node == tree::NodeKind::directory) {
                return node == nullptr ? Now::as_then : node->content ? Now::other : Now::done;
            }
            if (holds(node, change.after)) return Now::done;
            const bool nothing_then = change.kind == Kind::created && !change.before;
            const bool as_then = nothing_then ? node == nullptr : holds(node, change.before);
            return as_then ? Now::as_then : Now::other;
        }
        case Kind::removed:
            if (node == nullptr) return Now::done;
            return change.node == tree::NodeKind::directory || holds(node, change.before)
                       ? Now::as_then
                       : Now::other;
        case Kind::renamed: {
            const bool old_is_there = at(change.old_path) != nullptr;
            if (holds(node, change.after)) return old_is_there ? Now::other : Now::done;
            return old_is_there ? Now::as_then : Now::other;
        }
        case Kind::permissions:
            return node != nullptr && node->withheld == change.withheld ? Now::done : Now::other;
        case Kind::times:
        case Kind::expired:
            return Now::done;
    }
    return Now::other;
}

}  // namespace pmx::control
