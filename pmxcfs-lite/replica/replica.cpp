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
      log(std::move(recovered.base), recovered.entries),
      durable(log.last()),
      committed(state.applied),
      promise(std::max(recovered.promise, log.last_view())),
      promise_on_disk(promise) {
    PMX_CHECK(committed >= log.base().index && committed <= log.last(),
              "the applied state is no place of the log");
    settled = committed;
    for (LogIndex i = next(settled); i <= log.last(); i = next(i)) {
        unapplied.insert(log.at(i)->request);
    }
}

Actions Replica::step(Event event, MonotonicTime now) {
    Impl& impl = *impl_;
    PMX_CHECK(impl.state.applied == impl.committed, "a committed entry was not applied");
    impl.now = now;
    impl.out = {};
    impl.settle_applied();
    std::visit([&impl](auto& e) { impl.on(e); }, event);
    if (impl.leading()) impl.multicast_appends();
    impl.out.wake_at = impl.next_deadline();
    return std::move(impl.out);
}

void Replica::Impl::on(MessageReceived& event) {
    const bool is_member = std::binary_search(members.begin(), members.end(), event.sender);
    const Result<wire::Message> message = wire::decode_message(event.bytes);
    if (!is_member || !message) return;
    std::visit([&](const auto& payload) { hear(event.sender, message->view, payload); },
               message->payload);
}

void Replica::Impl::on(Tick& /*event*/) {
    consider_leading();
    if (something_waits() && now >= progress + patience) {
        patience = std::min(patience * 2, max_patience);
        start_round(round.number() + 1);
    }
    if (leading() && clock_read != state.applied) {
        clock_read = state.applied;
        lock_clock.observe(state.tree, now);
    }
}

void Replica::Impl::say(const View& view, wire::Payload payload) {
    out.multicast.push_back(wire::encode({view, std::move(payload)}));
}

void Replica::Impl::append(wire::Entry entry) {
    wire::EntryPtr appended = log.append(std::move(entry));
    const RequestId& request = appended->request;
    unapplied.insert(request);
    if (cut_due) out.cut_after = std::exchange(cut_due, std::nullopt);
    if (own(request)) requests.give_back(request.sequence, appended);
    out.append.push_back(std::move(appended));
}

void Replica::Impl::settle_applied() {
    for (; settled < state.applied; settled = next(settled)) {
        unapplied.erase(log.at(next(settled))->request);
    }
}

bool Replica::Impl::known(const RequestId& request) const {
    return unapplied.contains(request) || state.results.find(request).has_value();
}

bool Replica::Impl::own(const RequestId& request) const {
    return request.node == settings.node && request.boot == settings.boot &&
           requests.has(request.sequence);
}

RequestId Replica::Impl::own_request(std::uint64_t sequence) const {
    return {settings.node, settings.boot, sequence};
}

// Rounds are for what others hold up. A node alone waits for nothing but its own disk.
bool Replica::Impl::something_waits() const {
    if (!view_open()) return could_elect();
    return !alone() && (!requests.empty() || (leading() && committed < log.last()));
}

std::optional<MonotonicTime> Replica::Impl::next_deadline() const {
    std::optional<MonotonicTime> deadline;
    if (something_waits()) deadline = progress + patience;
    if (electing && !proposed && round.started() + silence_limit > now) {
        const MonotonicTime silence_ends = round.started() + silence_limit;
        deadline = deadline ? std::min(*deadline, silence_ends) : silence_ends;
    }
    return deadline;
}

Code Replica::Impl::writable(MonotonicTime at) const {
    if (!quorate || (view_lost && at >= *view_lost + view_grace)) return Code::read_only;
    return requests.full() ? Code::busy : Code::ok;
}

Code Replica::writable(MonotonicTime now) const {
    return impl_->writable(now);
}

Status Replica::status() const {
    const Impl& impl = *impl_;
    Status status;
    status.promise = impl.promise;
    if (impl.view_open()) status.open_view = impl.current->view;
    status.leading = impl.leading();
    status.quorate = impl.quorate;
    status.last = impl.log.last();
    status.durable = impl.durable;
    status.committed = impl.committed;
    status.level = impl.log.base().level;
    status.voters = impl.log.voters();
    status.members = impl.members;
    status.in_flight_requests = impl.requests.count();
    status.in_flight_bytes = impl.requests.bytes();
    return status;
}

void Replica::rebase(const Base& base) {
    PMX_CHECK(base.index <= impl_->state.applied, "a cut above what is applied");
    impl_->settle_applied();
    impl_->log.rebase(base);
}

Base Replica::base() const {
    const Impl& impl = *impl_;
    const LogIndex index = impl.state.applied;
    Base base;
    base.index = index;
    base.view = impl.log.view_at(index);
    base.chain = impl.log.chain_at(index).value();
    base.voters = impl.log.voters_at(index);
    base.level = impl.log.base().level;
    base.tree_digest = impl.state.tree.digest();
    base.results = impl.state.results;
    return base;
}

}  // namespace pmx::replica
