#include "notifier/cluster/cluster_events.h"

#include <algorithm>

#include "base/log.h"
#include "notifier/render/digest.h"

namespace pmx::notifier {
namespace {

constexpr std::string_view offer_suffix = ".json";
constexpr std::string_view done_suffix = ".done";

constexpr std::int64_t renew_period_s = 30;  // the store takes a claim away after 120
constexpr std::int64_t ask_period_s = 15;    // how often another's claim is tried
constexpr std::int64_t tidy_period_s = 600;

std::string offer_name(const std::string& id) {
    return id + std::string(offer_suffix);
}

std::string done_name(const std::string& id) {
    return id + std::string(done_suffix);
}

bool is_done(DeliveryState state) {
    return state != DeliveryState::queued && state != DeliveryState::held;
}

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

// Files --------------------------------------------------------------------------------------

ClusterEvents::Shelf ClusterEvents::shelf_of(const std::vector<SharedFile>& files) {
    Shelf shelf;
    for (const SharedFile& file : files) {
        for (const std::string_view suffix : {offer_suffix, done_suffix}) {
            if (!file.name.ends_with(suffix)) continue;
            Shown& shown = shelf[file.name.substr(0, file.name.size() - suffix.size())];
            (suffix == offer_suffix ? shown.offered : shown.done) = true;
            shown.changed_s = std::max(shown.changed_s, file.changed_s);
        }
    }
    return shelf;
}

bool ClusterEvents::has_room(const Shelf& shelf) {
    const auto open = std::count_if(shelf.begin(), shelf.end(),
                                    [](const auto& entry) { return entry.second.offered; });
    return static_cast<std::size_t>(open) < max_open;
}

void ClusterEvents::for_each_id(
    const std::vector<SharedFile>& files,
    const std::function<void(const std::string& id, std::int64_t changed_s)>& visit) {
    for (const auto& [id, shown] : shelf_of(files))
        visit(id, shown.changed_s);
}

Result<SharedEvent> ClusterEvents::event_of(const std::string& id) {
    auto rows = outbox_.of_event(id);
    if (!rows) return fail(rows.error());
    if (!rows->empty()) {
        auto event = outbox_.event(id);
        if (!event) return fail(event.error());
        event->cluster = true;
        return SharedEvent{std::move(*event), rows->front().uid, rows->front().caller, node_};
    }
    auto text = shared_.read(offer_name(id));
    if (!text) return fail(text.error());
    auto shared = parse_shared_event(*text);
    if (shared && shared->event.id != id) return fail(Code::protocol_error, "another one's file");
    return shared;
}

// Empty where there is none, or none that can be read: then it is not settled.
Result<SharedOutcome> ClusterEvents::outcome(const std::string& id) {
    auto text = shared_.read(done_name(id));
    if (!text && text.error().code() == Code::not_found) return SharedOutcome{};
    if (!text) return fail(text.error());
    auto parsed = parse_shared_outcome(*text);
    if (!parsed) return SharedOutcome{};
    for (NewDelivery& delivery : parsed->deliveries)
        if (delivery.node == node_) delivery.node.clear();
    return parsed;
}

Result<void> ClusterEvents::write_outcome(const std::string& id, bool settled) {
    auto rows = outbox_.of_event(id);
    if (!rows) return fail(rows.error());
    SharedOutcome outcome;
    outcome.settled = settled;
    for (StoredDelivery& row : *rows) {
        if (row.id == 0 || !is_done(row.plan.state)) continue;
        // In a digest that is not delivered yet: who takes over has to tell of it.
        if (row.plan.state == DeliveryState::gathered && !settled) continue;
        if (row.plan.node.empty()) row.plan.node = node_;
        outcome.deliveries.push_back(std::move(row.plan));
    }
    const std::string text = to_json(outcome);
    if (told_[id] == text || (!settled && outcome.deliveries.empty())) return {};
    if (auto written = shared_.write(done_name(id), text); !written) return written;
    told_[id] = text;
    return {};
}

// Steps --------------------------------------------------------------------------------------

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
    if (!open) return ports_.on_broken(open.error());
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
        ports_.on_broken(own ? done_here.error() : own.error());
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
            return deliver(id, ClusterState::alone, "; by this node alone");
        case Step::offer:
            return write_offer(id);
        case Step::claim:
            return claim(id);
        case Step::go_on:
            return deliver(id, ClusterState::held, "; there was no quorum for long");
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
    return deliver(id, ClusterState::held, "");
}

Result<void> ClusterEvents::deliver(const std::string& id, ClusterState as,
                                    const std::string& remark) {
    auto event = event_of(id);
    if (!event) return fail(event.error());
    const Planned planned = ports_.plan(*event);
    auto adopted = outbox_.adopt(id, as, planned.note + remark, planned.deliveries, now_s());
    if (!adopted) return adopted;
    std::vector<std::string> targets;
    for (const NewDelivery& delivery : planned.deliveries)
        targets.push_back(delivery.target);
    ports_.on_queued(targets);
    ports_.on_progress();
    if (targets.empty()) ports_.on_work();
    return {};
}

Result<void> ClusterEvents::renew(const std::string& id) {
    auto told = write_outcome(id, false);
    const auto last = renewed_s_.find(id);
    if (last != renewed_s_.end() && now_s() >= last->second &&
        now_s() < last->second + renew_period_s) {
        return told;
    }
    const Claim claim = shared_.renew(id);
    if (claim == Claim::ours) renewed_s_[id] = now_s();
    if (claim == Claim::anothers) {
        renewed_s_.erase(id);
        log::warning("event " + id + " of the cluster: this node's claim has expired");
        return outbox_.set_cluster_state(id, ClusterState::offered);
    }
    return told;
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

void ClusterEvents::tidy(const Shelf& shelf) {
    if (now_s() >= tidied_s_ && now_s() < tidied_s_ + tidy_period_s) return;
    tidied_s_ = now_s();
    std::vector<std::pair<std::int64_t, std::string>> done;
    std::set<std::string> open;
    for (const auto& [id, shown] : shelf) {
        if (shown.offered) {
            open.insert(id);
        } else {
            done.emplace_back(shown.changed_s, id);
        }
    }
    std::erase_if(asked_s_, [&](const auto& asked) { return !open.contains(asked.first); });
    shared_.free_expired(open);
    std::sort(done.begin(), done.end());
    const std::size_t too_many = done.size() > max_settled ? done.size() - max_settled : 0;
    for (std::size_t at = 0; at < done.size(); ++at) {
        const bool is_old = done[at].first + settled_remembered_s < now_s();
        if (at >= too_many && !is_old) break;
        if (auto removed = shared_.remove(done_name(done[at].second)); !removed) return;
    }
}

// While delivering -----------------------------------------------------------------------------

bool ClusterEvents::may_send(const StoredDelivery& delivery) {
    if (delivery.event_type == digest_type) return may_tell(delivery);
    switch (delivery.cluster) {
        case ClusterState::none:
        case ClusterState::alone:
        case ClusterState::settled:  // and tried again by hand
            return true;
        case ClusterState::held:
            return still_holds(delivery);
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
    for (const StoredDelivery& each : *told) {
        const bool is_lost = each.cluster == ClusterState::offered ||
                             (each.cluster == ClusterState::held && !still_holds(each));
        if (is_lost || each.plan.state != DeliveryState::gathered) is_right = false;
    }
    if (is_right) return true;
    auto taken = outbox_.take_back(digest, "another node told some of it", now_s(), now_s());
    if (!taken) check(taken.error(), digest.event_id);
    return false;
}

bool ClusterEvents::still_holds(const StoredDelivery& delivery) {
    const std::string& id = delivery.event_id;
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
    if (auto told = write_outcome(delivery.event_id, false); !told) {
        check(told.error(), delivery.event_id);
    }
    ports_.on_work();
}

}  // namespace pmx::notifier
