// rejected_forget: {"id"} or {"all": true} -> {"forgotten": how many}
//
// Takes changes that lost out off this node's list, contents and all.
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "control/conflicts.h"
#include "control/request.h"

namespace pmx::control {

using nlohmann::json;

Result<json> handle_rejected_forget(const Context& context, Arguments& arguments) {
    const auto id = arguments.optional_text("id", conflict_id_digits);
    const bool all = arguments.flag("all");
    if (id.has_value() == all) arguments.fail("either 'id' or 'all'");
    if (auto ok = arguments.check(); !ok) return fail(ok.error());
    auto rejected = context.store.rejected();
    if (!rejected) return fail(rejected.error().while_doing("cannot read what lost out"));
    std::vector<RequestId> requests;
    if (id) {
        auto conflict = find_conflict(std::move(*rejected), *id);
        if (!conflict) return fail(conflict.error());
        requests.push_back(conflict->first().request);
    } else {
        for (const Conflict& conflict : group_by_request(std::move(*rejected)))
            requests.push_back(conflict.first().request);
    }
    const std::size_t count = requests.size();
    if (auto gone = context.store.forget_rejected(std::move(requests)); !gone) {
        return fail(gone.error().while_doing("cannot forget what lost out"));
    }
    if (count > 0) {
        log::notice(std::to_string(count) +
                    " of the changes that had lost out were forgotten, by "
                    "order of uid " +
                    std::to_string(context.caller.uid));
    }
    return json{{"forgotten", count}};
}

}  // namespace pmx::control
