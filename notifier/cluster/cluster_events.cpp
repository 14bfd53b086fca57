#include "notifier/cluster/cluster_events.h"

#include "base/log.h"

namespace pmx::notifier {
namespace {

constexpr std::int64_t renew_period_s = 30;  // the store takes a claim away after 120
constexpr std::int64_t ask_period_s = 15;    // how often another's claim is tried

}  // namespace

ClusterEvents::ClusterEvents(SharedDirectory& shared, Outbox& outbox, const Clock& clock,
                             std::string node, Ports ports)
    : shared_(shared),
      outbox_(outbox),
      clock_(clock),
      node_(std::move(node)),
      ports_(std::move(ports)) {}

std::int64_t ClusterEvents::now_s() const {
    return to_s(clock_.wall());
}

bool ClusterEvents::has_cluster() {
    return shared_.members().quorum != Quorum::alone;
}

void ClusterEvents::check(const Error& error, const std::string& id) {
    log::warning("event " + id + " of the cluster: " + error.message());
    if (error.error_number() == 0 && is_broken(error)) ports_.on_broken(error);
}

void ClusterEvents::offer(const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (shared_.members().quorum == Quorum::there) {
        if (offer_to_cluster(id)) do_step(id, Step::offer);
    } else {
        do_step(id, Step::deliver_alone);
    }
    ports_.on_work();
}

// Not where look() has to see first what others did with an event of that id.
bool ClusterEvents::offer_to_cluster(const std::string& id) {
    auto files = shared_.list();
    if (!files) return false;
    const Shelf shelf = shelf_of(*files);
    const auto known = shelf.find(id);
    return has_room(shelf) &&
           (known == shelf.end() || (!known->second.offered && !known->second.done));
}

std::int64_t ClusterEvents::without_quorum_s(Quorum quorum) {
    if (quorum != Quorum::missing) {
        lost_quorum_.reset();
        is_patient_ = true;
        return 0;
    }
    if (!lost_quorum_) lost_quorum_ = clock_.monotonic();
    const auto since = std::chrono::floor<std::chrono::seconds>(clock_.monotonic() - *lost_quorum_);
    is_patient_ = since.count() < patience_without_quorum_s;
    return since.count();
}

void ClusterEvents::look(const Members& members) {
    const std::lock_guard lock(mutex_);
    auto open = outbox_.open_cluster_events();
    if (!open) {
        log::error("the outbox cannot be read: " + open.error().message());
        if (is_broken(open.error())) ports_.on_broken(open.error());
        return;
    }
    auto files = shared_.list();
    const Shelf shelf = files ? shelf_of(*files) : Shelf{};
    Sight common;
    // A mount that cannot be read may hold anything.
    common.quorum = files || members.quorum == Quorum::alone ? members.quorum : Quorum::missing;
    common.without_quorum_s = without_quorum_s(common.quorum);
    common.offered = !files;
    common.can_offer = has_room(shelf);
    std::set<std::string> ids;
    for (const auto& [id, state] : *open)
        ids.insert(id);
    for (const auto& [id, shown] : shelf)
        if (shown.offered) ids.insert(id);
    for (const std::string& id : ids) {
        const auto shown = shelf.find(id);
        const Shown* at = shown == shelf.end() ? nullptr : &shown->second;
        do_step(id, next_step(sight_of(id, at, common)));
    }
    if (common.quorum == Quorum::there) tidy(shelf);
}

Sight ClusterEvents::sight_of(const std::string& id, const Shown* shown, const Sight& common) {
    Sight sight = common;
    auto own = outbox_.cluster_state(id);
    auto done_here = outbox_.is_settled(id);
    if (!own || !done_here) {
        check(own ? done_here.error() : own.error(), id);
        return {};
    }
    sight.own = *own;
    sight.done_here = *done_here;
    sight.offered = common.offered || maybe_offered_.contains(id);
    if (shown == nullptr) return sight;
    sight.offered = sight.offered || shown->offered;
    sight.offered_s = now_s() - shown->changed_s;
    if (shown->done) {
        auto known = outcome(id);
        if (!known) return {};
        sight.settled = known->settled;
    }
    return sight;
}

void ClusterEvents::do_step(const std::string& id, Step step) {
    if (auto done = carry_out(id, step); !done) check(done.error(), id);
}

Result<void> ClusterEvents::carry_out(const std::string& id, Step step) {
    switch (step) {
        case Step::nothing:
            return {};
        case Step::deliver_alone:
            return deliver(id, ClusterState::alone, "; by this node alone", {});
        case Step::offer:
            return write_offer(id);
        case Step::claim:
            return claim(id);
        case Step::go_on:
            return deliver(id, ClusterState::held, "; there was no quorum for long", {});
        case Step::renew:
            return renew(id);
        case Step::settle:
            return settle(id);
        case Step::take_result:
            return take_result(id);
        case Step::tidy:
            return shared_.remove(offer_name(id));
    }
    return {};
}

Result<void> ClusterEvents::write_offer(const std::string& id) {
    auto event = event_of(id);
    if (!event) return fail(event.error());
    auto written = shared_.write(offer_name(id), to_json(*event));
    if (!written) {
        const Code code = written.error().code();
        if (code != Code::read_only) maybe_offered_.insert(id);
        return written;
    }
    maybe_offered_.erase(id);
    return claim(id);
}

Result<void> ClusterEvents::claim(const std::string& id) {
    // The node that accepted it is first, and nobody asks all the time.
    const auto asked = asked_s_.find(id);
    if (asked != asked_s_.end() && now_s() >= asked->second &&
        now_s() < asked->second + ask_period_s) {
        return {};
    }
    auto own = outbox_.cluster_state(id);
    if (!own) return fail(own.error());
    const Claim claim = shared_.take(id);
    if (claim == Claim::anothers) asked_s_[id] = now_s();
    if (claim != Claim::ours) return {};
    asked_s_.erase(id);
    renewed_s_[id] = now_s();
    // Held now: what was settled until this moment is there to be seen.
    auto known = outcome(id);
    if (!known) return fail(known.error());
    if (known->settled) {
        shared_.let_go(id);
        return *own ? take_result(id) : shared_.remove(offer_name(id));
    }
    if (!*own) {
        auto event = event_of(id);
        if (!event) {
            shared_.let_go(id);
            return fail(event.error());
        }
        Acceptance acceptance;
        acceptance.event = event->event;
        acceptance.uid = event->uid;
        acceptance.caller = event->caller;
        acceptance.cluster = ClusterState::offered;
        auto accepted = outbox_.accept(acceptance, now_s());
        if (!accepted) return fail(accepted.error());
        log::info("event " + id + " of node " + event->node + " is taken over");
    }
    if (auto recorded = outbox_.record_elsewhere(id, known->deliveries, now_s()); !recorded) {
        return recorded;
    }
    return deliver(id, ClusterState::held, "", known->reached);
}

Result<void> ClusterEvents::deliver(const std::string& id, ClusterState as,
                                    const std::string& remark, const Reached& reached) {
    auto event = event_of(id);
    if (!event) return fail(event.error());
    const Planned planned = ports_.plan(*event);
    auto adopted =
        outbox_.adopt(id, as, planned.note + remark, planned.deliveries, reached, now_s());
    if (!adopted) return adopted;
    std::vector<std::string> targets;
    for (const NewDelivery& delivery : planned.deliveries)
        targets.push_back(delivery.target);
    ports_.on_queued(targets);
    ports_.on_progress();
    if (targets.empty()) ports_.on_work();
    return {};
}

// What was done is told by who holds the claim: one that has lost it would take back what its
// successor told.
Result<void> ClusterEvents::renew(const std::string& id) {
    const auto last = renewed_s_.find(id);
    const bool is_fresh = last != renewed_s_.end() && now_s() >= last->second &&
                          now_s() < last->second + renew_period_s;
    const Claim claim = is_fresh ? Claim::ours : shared_.renew(id);
    if (claim == Claim::unknown) return {};
    if (claim == Claim::anothers) {
        renewed_s_.erase(id);
        log::warning("event " + id + " of the cluster: this node's claim has expired");
        return outbox_.set_cluster_state(id, ClusterState::offered);
    }
    if (!is_fresh) renewed_s_[id] = now_s();
    return write_outcome(id, false);
}

Result<void> ClusterEvents::settle(const std::string& id) {
    // Only who holds the claim says what became of it.
    const Claim claim = shared_.renew(id);
    if (claim == Claim::anothers) return outbox_.set_cluster_state(id, ClusterState::offered);
    if (claim == Claim::unknown) return {};
    if (auto told = write_outcome(id, true); !told) return told;
    if (auto removed = shared_.remove(offer_name(id)); !removed) return removed;
    shared_.let_go(id);
    renewed_s_.erase(id);
    told_.erase(id);
    return outbox_.set_cluster_state(id, ClusterState::settled);
}

Result<void> ClusterEvents::take_result(const std::string& id) {
    auto known = outcome(id);
    if (!known) return fail(known.error());
    if (!known->settled) return {};
    if (auto recorded = outbox_.record_elsewhere(id, known->deliveries, now_s()); !recorded) {
        return recorded;
    }
    if (auto done = outbox_.set_cluster_state(id, ClusterState::settled); !done) return done;
    maybe_offered_.erase(id);
    renewed_s_.erase(id);
    asked_s_.erase(id);
    told_.erase(id);
    ports_.on_progress();
    return shared_.remove(offer_name(id));
}

}  // namespace pmx::notifier
