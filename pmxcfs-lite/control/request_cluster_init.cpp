// cluster_init: no arguments -> {"cluster", "node": {"id", "name"}}
//
// The database of this node alone becomes that of a cluster's first member, in force from the
// daemon's next start on. corosync and its configuration are the caller's business.
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "control/request.h"

namespace pmx::control {

using nlohmann::json;

Result<json> handle_cluster_init(const Context& context, Arguments& arguments) {
    if (auto ok = arguments.check(); !ok) return fail(ok.error());
    if (auto founded = context.store.found_cluster(); !founded) {
        return fail(founded.error().while_doing("this node cannot become a cluster's"));
    }
    const ports::Identity identity = context.store.status().identity;
    log::notice("from the next start on this node is the first of a cluster, by order of uid " +
                std::to_string(context.caller.uid));
    return json{{"cluster", to_hex(identity.cluster)},
                {"node", {{"id", identity.node.value}, {"name", identity.node_name}}}};
}

}  // namespace pmx::control
