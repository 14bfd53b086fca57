// lock_list: no arguments -> {"locks": [{"name", "node", "node_name" (null: unknown), "version",
//   "renewed_ns", "age_s"}]}
#include <nlohmann/json.hpp>

#include "control/request.h"
#include "control/views.h"

namespace pmx::control {

Result<nlohmann::json> handle_lock_list(const Context& context, Arguments& arguments) {
    if (auto ok = arguments.check(); !ok) return fail(ok.error());
    return nlohmann::json{{"locks", locks_json(*context.store.read(), NodeNames(context.store),
                                               SystemClock().wall())}};
}

}  // namespace pmx::control
