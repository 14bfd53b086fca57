// recover: {"confirm"?: false} -> {"damage": null | {"summary", "problems": [...],
//   "set_aside", "whole_files", "lost": [...], "confirmable"}, "confirmed"}
//
// Without confirm it only tells; with it what is whole becomes the store, writable again.
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "control/request.h"
#include "control/views.h"

namespace pmx::control {

using nlohmann::json;

Result<json> handle_recover(const Context& context, Arguments& arguments) {
    const bool confirm = arguments.flag("confirm");
    if (auto ok = arguments.check(); !ok) return fail(ok.error());
    const auto diagnosis =
        context.recovery == nullptr ? std::nullopt : context.recovery->describe();
    if (!diagnosis) return json{{"damage", nullptr}, {"confirmed", false}};
    if (confirm) {
        if (auto done = context.recovery->confirm(); !done) {
            return fail(done.error().while_doing("cannot make the store writable"));
        }
        log::notice("what was whole of the damaged database is the store now, by order of uid " +
                    std::to_string(context.caller.uid));
    }
    return json{{"damage", diagnosis_json(*diagnosis)}, {"confirmed", confirm}};
}

}  // namespace pmx::control
