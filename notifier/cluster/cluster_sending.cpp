// Whether this node may send right now, and that it did.
#include "base/log.h"
#include "notifier/cluster/cluster_events.h"
#include "notifier/render/digest.h"

namespace pmx::notifier {

bool ClusterEvents::may_send(const StoredDelivery& delivery) {
    if (delivery.event_type == digest_type) return may_tell(delivery);
    switch (delivery.cluster) {
        case ClusterState::none:
        case ClusterState::alone:
        case ClusterState::settled:  // and tried again by hand
            return true;
        case ClusterState::held: {
            const std::lock_guard lock(mutex_);
            return still_holds(delivery);
        }
        case ClusterState::offered:
            return false;
    }
    return false;
}

bool ClusterEvents::may_tell(const StoredDelivery& digest) {
    if (!digest.reached.empty()) return true;  // too late: some have read it
    const auto told = outbox_.told_by(digest.event_id);
    if (!told) {
        check(told.error(), digest.event_id);
        return false;
    }
    bool is_right = true;
    // A digest of local events only does not wait for what look() waits for.
    std::unique_lock lock(mutex_, std::defer_lock);
    for (const StoredDelivery& each : *told) {
        const bool is_held = each.cluster == ClusterState::held;
        if (is_held && !lock.owns_lock()) lock.lock();
        const bool is_lost =
            each.cluster == ClusterState::offered || (is_held && !still_holds(each));
        if (is_lost || each.plan.state != DeliveryState::gathered) is_right = false;
    }
    if (is_right) return true;
    auto taken = outbox_.take_back(digest, "another node told some of it", now_s(), now_s());
    if (!taken) check(taken.error(), digest.event_id);
    return false;
}

bool ClusterEvents::still_holds(const StoredDelivery& delivery) {
    const std::string& id = delivery.event_id;
    // The delivery was read before the lock was taken: look() may have found the result of another
    // node since, and that stands.
    const auto state = outbox_.cluster_state(id);
    if (!state) check(state.error(), id);
    if (!state || *state != ClusterState::held) return false;
    const Claim claim = shared_.renew(id);
    if (claim == Claim::ours) return true;
    if (claim == Claim::unknown) {
        if (shared_.members().quorum == Quorum::alone || !is_patient_) return true;
    }
    log::warning("event " + id + " to " + delivery.plan.target +
                 (claim == Claim::anothers ? ": this node's claim has expired"
                                           : ": whether this node holds its claim is not known"));
    auto released = outbox_.set_cluster_state(id, ClusterState::offered);
    if (!released) check(released.error(), id);
    ports_.on_work();
    return false;
}

void ClusterEvents::recorded(const StoredDelivery& delivery) {
    // A digest is a local event, but may tell of the cluster's: look() sees those.
    if (delivery.event_type == digest_type) return ports_.on_work();
    if (delivery.cluster != ClusterState::held) return;
    const std::lock_guard lock(mutex_);
    if (auto told = renew(delivery.event_id); !told) check(told.error(), delivery.event_id);
    ports_.on_work();
}

}  // namespace pmx::notifier
