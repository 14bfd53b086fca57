// sync: {"timeout_ms"?: (30000)} -> {"index"}
//
// Answered when this node shows every change that was acknowledged anywhere before the call.
// Without quorum it waits for it to come back; timed_out when that, or the rest, took too long.
#include <chrono>
#include <nlohmann/json.hpp>

#include "control/explanation.h"
#include "control/request.h"
#include "control/submit.h"

namespace pmx::control {

namespace {
constexpr std::uint64_t max_timeout_ms = 3'600'000;
}

Result<nlohmann::json> handle_sync(const Context& context, Arguments& arguments) {
    const std::chrono::milliseconds timeout(
        arguments.optional_number("timeout_ms", max_timeout_ms).value_or(30'000));
    if (auto ok = arguments.check(); !ok) return fail(ok.error());
    const ports::SubmitResult done = context.waits.wait_for(
        [&](ports::Store::Completion complete) { context.store.sync(std::move(complete)); },
        timeout);
    if (done.result == Code::timed_out) {
        const std::string why = why_read_only(context.store.status(), SystemClock().wall());
        return fail(Code::timed_out, "not in step with the others within the time given" +
                                         (why.empty() ? "" : ". " + why));
    }
    if (done.result != Code::ok) return fail(failed_change(context, done.result));
    return nlohmann::json{{"index", done.index.value}};
}

}  // namespace pmx::control
