// Who leads: rounds of HELLO, and the views that come of them.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "replica/impl.h"

namespace pmx::replica {

void Replica::Impl::on(ConfigurationChanged& event) {
    quorate = event.quorate;
    if (event.members == members) return;
    PMX_CHECK(std::is_sorted(event.members.begin(), event.members.end()), "members out of order");
    members = std::move(event.members);
    commit_what_a_sole_voter_has();
    start_round(round.number() + 1);
}

// Its disk is the majority, and nobody could put other entries into the places of what is there. So
// that shows even where no view can open, because the disk has no room for a promise.
void Replica::Impl::commit_what_a_sole_voter_has() {
    const VoterList sole{self()};
    if (alone() && log.base().voters == sole && log.voters() == sole) commit_up_to(durable);
}

void Replica::Impl::start_round(std::uint64_t number) {
    if (!view_lost) view_lost = now;
    progress = now;
    electing = true;
    proposed = false;
    hello_due = true;
    round.start(number, now);
    say_hello_once_flushed();
}

// A HELLO claims only what is on disk.
void Replica::Impl::say_hello_once_flushed() {
    if (!hello_due || durable != log.last()) return;
    hello_due = false;
    wire::Hello hello;
    hello.cluster = settings.cluster;
    hello.disk = settings.disk;
    hello.round = round.number();
    hello.highest_level = highest_level;
    hello.last_view = log.last_view();
    hello.last_index = log.last();
    hello.chain = log.last_chain();
    hello.committed = committed;
    say(promise, hello);
}

void Replica::Impl::hear(NodeId sender, const View& their_promise, const wire::Hello& hello) {
    if (hello.cluster != settings.cluster) return;
    if (hello.round > round.number()) start_round(hello.round);
    if (!electing || hello.round != round.number()) return;
    round.add(sender, their_promise, hello);
    consider_leading();
}

void Replica::Impl::consider_leading() {
    if (!electing || proposed || durable != log.last()) return;
    if (round.from(settings.node) == nullptr) return;
    if (!round.all_of(members) && now < round.started() + silence_limit) return;
    if (log.last() == LogIndex() && log.voters().empty()) {
        const VoterList founders = round.empty_founders(settings.founders);
        if (!founders.empty() && founders.front() == self()) propose_view(founders);
        return;
    }
    if (!round.majority_of(log.voters())) return;
    if (round.most_advanced(log.voters()) == settings.node) propose_view(log.voters());
}

void Replica::Impl::propose_view(const VoterList& voters) {
    proposed = true;
    progress = now;  // the round came to something: it is given its time
    my_view = round.next_view(settings.node);
    my_view = std::max(*my_view, View{promise.era, promise.number + 1, settings.node});
    wire::ViewProposal proposal;
    proposal.last_view = log.last_view();
    proposal.last_index = log.last();
    proposal.chain = log.last_chain();
    proposal.committed = committed;
    proposal.voters = encode(voters);
    say(*my_view, proposal);
}

void Replica::Impl::hear(NodeId sender, const View& view, const wire::ViewProposal& proposal) {
    if (sender != view.leader || view <= promise) return;
    // What an earlier run of this daemon proposed has nobody to lead it.
    if (sender == settings.node && view != my_view) return;
    Result<VoterList> voters = decode_voters(proposal.voters);
    if (!voters || voters->empty()) return;

    ViewState next;
    next.view = view;
    next.start = proposal.last_index;
    next.chain = proposal.chain;
    next.voters = *std::move(voters);
    if (std::pair(log.last_view(), log.last()) >
        std::pair(proposal.last_view, proposal.last_index)) {
        refused = std::move(next);
        start_round(round.number() + 1);
        return;
    }
    follow(std::move(next));
    if (current->in_step) {
        commit_up_to(std::min({proposal.committed, current->start, durable}));
    }
}

// From here on nothing is appended or reported for a lower view.
void Replica::Impl::follow(ViewState next) {
    PMX_CHECK(next.view > promise, "a promise that goes back");
    promise = next.view;
    out.save_promise = promise;
    current = std::move(next);
    current->in_step = log.chain_at(current->start) == current->chain;
    refused.reset();
    bodies.clear();
    appends_in_ring = 0;
}

void Replica::Impl::on(PromiseFlushed& event) {
    PMX_CHECK(event.promise <= promise, "a promise on disk that was never made");
    promise_on_disk = std::max(promise_on_disk, event.promise);
    if (!current || current->view != promise_on_disk) return;
    if (current->accepts) say(current->view, wire::Accept{settings.disk});
    report_durable();
    advance_commit();
}

void Replica::Impl::hear(NodeId sender, const View& view, const wire::Accept& accept) {
    const Voter voter{sender, accept.disk};
    if (current && view == current->view) {
        count_accept(*current, voter);
        if (!current->open && current->accepted.size() >= current->needed()) open_view();
    } else if (refused && view == refused->view) {
        count_accept(*refused, voter);
        if (refused->accepted.size() >= refused->needed()) follow_refused();
    }
}

void Replica::Impl::count_accept(ViewState& candidate, const Voter& voter) {
    if (contains(candidate.voters, voter)) candidate.accepted.insert(voter);
}

// It opened without us: what our log has beyond the leader's was never committed.
void Replica::Impl::follow_refused() {
    refused->accepts = false;
    follow(*std::exchange(refused, std::nullopt));
    open_view();
}

void Replica::Impl::open_view() {
    current->open = true;
    electing = false;
    hello_due = false;
    view_lost.reset();
    progress = now;
    if (leading()) {
        lock_clock.clear();
        clock_read.reset();
        sent = log.last();
        append_first_entry();
        for (const RequestId& request : bodies.whole()) {
            order(request, *bodies.take(request));
        }
    }
    propose_waiting();
}

// Nothing more is ordered. Whoever waits starts a round when its patience ends; not at once, or a
// disk that stays full would be asked without a pause.
void Replica::Impl::give_up_view() {
    if (!view_lost) view_lost = now;
    progress = now;
    electing = true;
    proposed = true;
    hello_due = false;
}

// Whether a round among those present can come to anything.
bool Replica::Impl::could_elect() const {
    const auto present = [this](NodeId node) {
        return std::binary_search(members.begin(), members.end(), node);
    };
    const VoterList& voters = log.voters();
    if (voters.empty()) {
        return !settings.founders.empty() &&
               std::all_of(settings.founders.begin(), settings.founders.end(), present);
    }
    const auto count = std::count_if(voters.begin(), voters.end(),
                                     [&](const Voter& voter) { return present(voter.node); });
    return static_cast<std::size_t>(count) >= majority(voters);
}

}  // namespace pmx::replica
