#include "replica/replica.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "replica/impl.h"

namespace pmx::replica {

Replica::Replica(const Settings& settings, Recovered recovered, const StateMachine& state)
    : impl_(std::make_unique<Impl>(settings, std::move(recovered), state)) {}

Replica::~Replica() = default;

Replica::Impl::Impl(const Settings& settings_in, Recovered recovered, const StateMachine& state_in)
    : settings(settings_in),
      state(state_in),
      cluster(settings_in.cluster),
      log(std::move(recovered.base), recovered.entries),
      durable(log.last()),
      committed(state.applied),
      began_with(log.last_view(), log.last()),
      promise(std::max(recovered.promise, log.last_view())),
      promise_on_disk(promise) {
    PMX_CHECK(committed >= log.base().index && committed <= log.last(),
              "the applied state is no place of the log");
    PMX_CHECK(state.level == log.in_force_at(committed).level, "a state of another level");
    settled = committed;
    for (LogIndex i = next(settled); i <= log.last(); i = next(i)) {
        unapplied.insert(log.at(i)->request);
    }
    for (tree::Node& node : recovered.aside) {
        const Inode inode = node.inode;
        fetching.nodes.insert_or_assign(inode, std::move(node));
    }
}

Actions Replica::step(Event event, MonotonicTime now) {
    Impl& impl = *impl_;
    const bool replaced = std::holds_alternative<SnapshotInstalled>(event);
    PMX_CHECK(replaced || impl.state.applied == impl.committed,
              "a committed entry was not applied");
    impl.now = now;
    impl.out = {};
    if (!replaced) impl.settle_applied();
    std::visit([&impl](auto& e) { impl.on(e); }, event);
    impl.go_on();
    impl.out.wake_at = impl.next_deadline();
    return std::move(impl.out);
}

// What follows from where things stand, whatever happened last.
void Replica::Impl::go_on() {
    settle_views();
    compare_trees();
    make_way_if_damaged();
    if (leading()) {
        if (!damaged) move_voters();
        order_scrub();
        multicast_appends();
        report_durable();
    }
    freeze_damaged();
    consider_fetching();
}

void Replica::Impl::on(Tick& /*event*/) {
    consider_leading();
    save_promise_again();
    stop_forcing();
    if (something_waits() && now >= progress + patience) {
        // Alone there is nobody to collide with, only a disk that may have room again.
        if (!alone()) patience = std::min(patience * 2, max_patience);
        start_round(round.number() + 1);
    }
    if (leading() && clock_read != state.applied) {
        clock_read = state.applied;
        lock_clock.observe(state.tree, now);
    }
    snapshots.expire(now);
}

void Replica::Impl::say(const View& view, wire::Payload payload) {
    out.multicast.push_back(wire::encode({view, std::move(payload)}));
}

void Replica::Impl::append(wire::Entry entry) {
    wire::EntryPtr appended = log.append(std::move(entry));
    const RequestId& request = appended->request;
    unapplied.insert(request);
    if (cut_due) {
        out.cut_after = std::exchange(cut_due, std::nullopt);
        out.rejected = std::exchange(rejected_due, {});
    }
    if (own(request)) requests.give_back(request.sequence, appended);
    out.append.push_back(std::move(appended));
}

void Replica::Impl::settle_applied() {
    for (; settled < state.applied; settled = next(settled)) {
        unapplied.erase(log.at(next(settled))->request);
    }
}

bool Replica::Impl::known(const RequestId& request) const {
    if (planted(Mistake::request_id_not_checked)) return false;
    return unapplied.contains(request) || state.results.was_applied(request);
}

bool Replica::Impl::own(const RequestId& request) const {
    return request.node == settings.node && request.boot == settings.boot &&
           requests.has(request.sequence);
}

RequestId Replica::Impl::own_request(std::uint64_t sequence) const {
    return {settings.node, settings.boot, sequence};
}

// Rounds are for what others hold up. A node alone waits for nothing but its own disk, and one that
// is not in step for what it fetches.
bool Replica::Impl::something_waits() const {
    if (!view_open()) return could_elect();
    if (!current->in_step) return fetching.unanswered >= Fetching::max_unanswered;
    return !alone() && (!requests.empty() || (leading() && committed < log.last()));
}

std::optional<MonotonicTime> Replica::Impl::next_deadline() const {
    std::optional<MonotonicTime> deadline;
    if (something_waits()) deadline = progress + patience;
    if (electing && !proposed && round.started() + silence_limit > now) {
        const MonotonicTime silence_ends = round.started() + silence_limit;
        deadline = deadline ? std::min(*deadline, silence_ends) : silence_ends;
    }
    if (lacks_something() && fetching.ask_at) {
        deadline = deadline ? std::min(*deadline, *fetching.ask_at) : *fetching.ask_at;
    }
    return deadline;
}

Code Replica::Impl::writable(MonotonicTime at) const {
    if (level_unknown || log.voters().empty()) return Code::read_only;
    if (!quorate || (view_lost && at >= *view_lost + view_grace)) return Code::read_only;
    return requests.full() ? Code::busy : Code::ok;
}

Code Replica::writable(MonotonicTime now) const {
    return impl_->writable(now);
}

void Replica::rebase(const Base& base) {
    PMX_CHECK(base.index <= impl_->state.applied, "a cut above what is applied");
    impl_->settle_applied();
    impl_->log.rebase(base);
}

Base Replica::base() const {
    return impl_->base();
}

Base Replica::Impl::base() const {
    const LogIndex index = state.applied;
    const InForce& in_force = log.in_force_at(index);
    Base base;
    base.index = index;
    base.view = log.view_at(index);
    base.chain = log.chain_at(index).value();
    base.voters = in_force.voters;
    base.level = in_force.level;
    base.ended = in_force.ended;
    base.tree_digest = state.tree.digest();
    base.results = state.results;
    return base;
}

}  // namespace pmx::replica
