// force_quorum: no arguments -> {"index", "view"}: the mark in the log, and the view it opened
//
// The members present go on without the others. Answered when the store can be written again and
// the cluster log, which every node keeps, says so.
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "control/explanation.h"
#include "control/request.h"
#include "control/standings.h"
#include "control/submit.h"
#include "control/words.h"

namespace pmx::control {

using nlohmann::json;

namespace {

tree::Op mark(const Context& context, const std::vector<Standing>& before,
              const std::string& view) {
    std::vector<std::string> left_behind;
    for (const Standing& node : before) {
        if (node.voter && !node.counts()) left_behind.push_back(node.title());
    }
    std::string text = "quorum was forced on " + context.store.node_name();
    if (!left_behind.empty()) text += ": the cluster goes on without " + list_text(left_behind);
    text += ", in view " + view;
    return tree::AppendClusterLog{
        .ident = "pmxcfs-lite",
        .user = context.caller.uid == 0 ? "root" : "uid " + std::to_string(context.caller.uid),
        .severity = 4,
        .pid = static_cast<std::uint32_t>(context.caller.pid),
        .text = std::move(text)};
}

}  // namespace

Result<json> handle_force_quorum(const Context& context, Arguments& arguments) {
    if (auto ok = arguments.check(); !ok) return fail(ok.error());
    const std::vector<Standing> before = standings(context.store.status());
    log::warning("quorum is forced by order of uid " + std::to_string(context.caller.uid));
    const ports::SubmitResult done = context.waits.wait_for([&](ports::Store::Completion complete) {
        context.store.force_quorum(context.caller, std::move(complete));
    });
    if (done.result == Code::timed_out) {
        const std::string why = why_read_only(context.store.status(), SystemClock().wall());
        return fail(Code::timed_out, "no view has opened in time. " + why);
    }
    if (done.result != Code::ok) return fail(failed_change(context, done.result));
    const auto open_view = context.store.status().replica.open_view;
    const std::string view = open_view ? to_string(*open_view) : "";
    auto answer = submit(context, mark(context, before, view));
    if (!answer) {
        return fail(
            answer.error().while_doing("quorum is forced, but the cluster log has no mark"));
    }
    (*answer)["view"] = view;
    return answer;
}

}  // namespace pmx::control
