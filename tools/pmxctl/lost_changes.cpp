#include "tools/pmxctl/lost_changes.h"

#include <algorithm>
#include <utility>

#include "control/conflicts.h"
#include "tools/pmxctl/ask.h"

namespace pmx::pmxctl {
namespace {

using nlohmann::json;

// The same change may have lost out on several nodes.
void merge(LostChanges& lost, std::uint64_t node, const json& answer) {
    for (const json& conflict : member(answer, "conflicts")) {
        const auto same = std::find_if(
            lost.conflicts.begin(), lost.conflicts.end(),
            [&](const json& known) { return text_of(known, "id") == text_of(conflict, "id"); });
        json& listed = same == lost.conflicts.end() ? lost.conflicts.emplace_back(conflict) : *same;
        listed["listed_on"].push_back(node);
        // Not every node had heard that it was.
        if (member(conflict, "acknowledged") == true) listed["acknowledged"] = true;
    }
    lost.asked.push_back(node);
}

void ask_others(const Invocation& invocation, const json& status, LostChanges& lost) {
    for (const json& node : member(status, "nodes")) {
        const std::uint64_t id = number_of(node, "id");
        if (id == lost.own_node) continue;
        std::string reason = "its pmxcfs-lite is not in the cluster now";
        if (member(node, "online") == true) {
            const auto answer = ask(invocation, "rejected", {{"node", id}});
            if (answer) {
                merge(lost, id, *answer);
                continue;
            }
            reason = answer.error().message();
        }
        lost.missing.push_back(
            {{"node", id}, {"node_name", text_of(node, "name")}, {"reason", reason}});
    }
}

}  // namespace

Result<LostChanges> gather_lost_changes(const Invocation& invocation) {
    const auto own = ask(invocation, "rejected", json::object());
    if (!own) return fail(own.error());
    const auto status = ask(invocation, "status", json::object(), look_answer_time);
    if (!status) return fail(status.error());
    LostChanges lost;
    lost.own_node = number_of(*own, "node");
    merge(lost, lost.own_node, *own);
    ask_others(invocation, *status, lost);
    std::stable_sort(lost.conflicts.begin(), lost.conflicts.end(),
                     [](const json& a, const json& b) {
                         return number_of(a, "time_ns") < number_of(b, "time_ns");
                     });
    return lost;
}

Result<LostChange> find_lost_change(const LostChanges& lost, const std::string& id) {
    if (id.size() < control::min_conflict_id_digits) {
        return fail(Code::invalid_argument, "give at least four digits of the id");
    }
    std::vector<LostChange> found;
    for (const json& conflict : lost.conflicts) {
        std::string whole = text_of(conflict, "id");
        if (!whole.starts_with(id)) continue;
        found.push_back(
            {std::move(whole), member(conflict, "listed_on").get<std::vector<std::uint64_t>>()});
    }
    if (found.size() > 1) {
        return fail(Code::invalid_argument, "several changes have an id that begins with " + id);
    }
    if (!found.empty()) return std::move(found.front());
    std::string text = "no change with the id " + id + " has lost out on the nodes that were asked";
    for (const json& node : lost.missing)
        text += "; not asked: " + node_name_of(node) + " (" + text_of(node, "reason") + ")";
    return fail(Code::not_found, text);
}

Result<json> ask_node(const Invocation& invocation, const LostChanges& lost, std::uint64_t node,
                      std::string_view request, json arguments) {
    if (node != lost.own_node) arguments["node"] = node;
    return ask(invocation, request, std::move(arguments));
}

}  // namespace pmx::pmxctl
