#include "notifier/cluster/cluster_step.h"

namespace pmx::notifier {
namespace {

Step without_quorum(const Sight& sight) {
    if (sight.own != ClusterState::offered) return Step::nothing;
    if (!sight.offered) return Step::deliver_alone;
    return sight.without_quorum_s >= patience_without_quorum_s ? Step::go_on : Step::nothing;
}

Step with_quorum(const Sight& sight) {
    const ClusterState own = sight.own.value_or(ClusterState::none);
    const bool is_open = own == ClusterState::offered || own == ClusterState::held;
    if (sight.settled) {
        if (is_open) return Step::take_result;
        return sight.offered ? Step::tidy : Step::nothing;
    }
    if (own == ClusterState::held) return sight.done_here ? Step::settle : Step::renew;
    if (own == ClusterState::offered && !sight.offered) {
        return sight.can_offer ? Step::offer : Step::deliver_alone;
    }
    const bool is_fresh = sight.offered_s >= 0 && sight.offered_s < head_start_s;
    if (!sight.own && is_fresh) return Step::nothing;
    // Not known here, or settled here before it was offered anew by somebody else: claimed, so that
    // it is looked at and settled.
    return sight.offered ? Step::claim : Step::nothing;
}

}  // namespace

Step next_step(const Sight& sight) {
    switch (sight.quorum) {
        case Quorum::alone:
            return sight.own == ClusterState::offered ? Step::deliver_alone : Step::nothing;
        case Quorum::missing:
            return without_quorum(sight);
        case Quorum::there:
            return with_quorum(sight);
    }
    return Step::nothing;
}

}  // namespace pmx::notifier
