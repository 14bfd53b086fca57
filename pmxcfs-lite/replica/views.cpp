// Who leads: rounds of HELLO, and the views that come of them.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "replica/impl.h"

namespace pmx::replica {
namespace {

// Of view, era and round numbers, above what this node has come to: a view a second for 30,000
// years.
constexpr std::uint64_t longest_jump = 1ULL << 40;

}  // namespace

// Its disk is the majority, and nobody could put other entries into the places of what is there. So
// that shows even where no view can open, because the disk has no room for a promise.
void Replica::Impl::commit_what_a_sole_voter_has() {
    if (installing || !alone()) return;
    const VoterList sole{self()};
    const VoterLists voters = lists();
    const bool began_sole =
        log.base().voters == sole || planted(Mistake::sole_voter_takes_any_base);
    const bool always_sole = began_sole && voters.in_force == sole &&
                             log.in_force_at(durable).voters == sole && !voters.both_decide;
    if (always_sole) commit_up_to(durable);
}

void Replica::Impl::start_round(std::uint64_t number) {
    if (!view_lost) view_lost = now;
    progress = now;
    electing = true;
    proposed = false;
    hello_due = true;
    views_differ = false;
    round.start(number, now);
    say_hello_once_flushed();
}

// A HELLO claims only what is on disk.
void Replica::Impl::say_hello_once_flushed() {
    if (!hello_due || durable != log.last()) return;
    hello_due = false;
    wire::Hello hello;
    hello.cluster = cluster;
    hello.disk = settings.disk;
    hello.node_name = settings.node_name;
    hello.boot = settings.boot;
    hello.round = round.number();
    hello.highest_level = settings.highest_level;
    hello.last_view = log.last_view();
    hello.last_index = log.last();
    hello.chain = log.last_chain();
    hello.committed = committed;
    hello.steady = steady;
    hello.forces_quorum = forcing.has_value();
    hello.damaged = damaged;
    hello.knows_level = log.in_force().level <= settings.highest_level;
    hello.voters = encode(log.voters());
    hello.seen = seen.all();
    say(promise, hello);
}

void Replica::Impl::hear(NodeId sender, const View& their_promise, const wire::Hello& hello) {
    const wire::Introduction who{hello.cluster, hello.disk, hello.lowest_version,
                                 hello.highest_version, hello.node_name};
    if (!peers.introduce(sender, who, terms())) return consider_leading();
    // No view can come after it.
    const bool at_the_end =
        std::max(their_promise.number, their_promise.era.count) + 1 >= wire::max_view_number;
    if (at_the_end || hello.round + 1 >= wire::max_view_number) return;
    if (out_of_reach(their_promise) || hello.round > round.number() + longest_jump) {
        if (sender != settings.node) {
            peers.refuse(sender,
                         "it speaks of a view or a round far beyond any that there can be: its "
                         "daemon or its database is broken; stop it, and set it up anew");
        }
        return consider_leading();
    }
    know(sender, their_promise, hello);
    note_view(their_promise, false);
    if (own_disk_is_old(hello)) {
        out.renew_disk = true;
        return;
    }
    if (hello.round > round.number()) start_round(hello.round);
    if (!electing || hello.round != round.number()) return;
    round.add(sender, their_promise, hello);
    consider_leading();
}

// Views are counted one by one, so nobody who is well is far ahead. Who believed whatever a broken
// member says would soon have no number left. A node without a log has nothing to compare with.
bool Replica::Impl::out_of_reach(const View& view) const {
    if (log.last() == LogIndex() && promise == View{}) return false;
    const std::uint64_t number = view.era == promise.era ? promise.number : 0;
    return view.number > number + longest_jump || view.era.count > promise.era.count + longest_jump;
}

// Somebody knows this disk to have been further than it is: it is a copy of an earlier day. The log
// in memory may be shorter than the one on a disk that is full: what was cut from it is still
// there.
bool Replica::Impl::own_disk_is_old(const wire::Hello& hello) const {
    if (planted(Mistake::old_copy_keeps_its_id)) return false;
    const auto furthest = std::max(std::pair(log.last_view(), log.last()), began_with);
    return std::any_of(hello.seen.begin(), hello.seen.end(), [&](const auto& said) {
        return said.node == settings.node && said.disk == settings.disk &&
               said.boot != settings.boot &&
               (said.promise > promise || std::pair(said.last_view, said.last_index) > furthest);
    });
}

void Replica::Impl::consider_leading() {
    if (!electing || proposed || installing || durable != log.last()) return;
    if (round.from(settings.node) == nullptr) return;
    if (!round.all_of(expected()) && now < round.started() + silence_limit) return;
    // Whoever went on in a later era outranks us, whatever our majority.
    const bool outranked =
        round.highest_era() > log.last_view().era && !planted(Mistake::highest_era_ignored);
    if (outranked) return;
    if (log.last() == LogIndex() && log.voters().empty()) {
        const VoterList founders = round.empty_founders(listed);
        if (!founders.empty() && founders.front() == self()) {
            propose_view(founders, ViewKind::by_majority);
        }
        return;
    }
    const std::optional<NodeId> leader = furthest(electable());
    VoterLists voters = lists();
    // Where no half has gone on by itself, nor may, a view opens and commits once more are here.
    if (!quorum_by_fewer && !begins_era()) voters.both_decide = false;
    const VoterList heard = heard_of(voters);
    const bool enough = have_majorities(voters, heard);
    if (leader == settings.node && planted(Mistake::majority_by_node_list)) {
        propose_view(heard_of(voters.in_force), ViewKind::by_majority);
    } else if (leader == settings.node && enough) {
        lead_by_majority(heard);
    } else if (!enough && (!leader || leader == settings.node || round.forced())) {
        consider_founding();
    }
}

// Above an era that somebody here agreed to follow, and that our log has no entry of, a majority is
// not enough where half of a list may have founded one: those elsewhere may have gone on in it. Our
// corosync.conf may be newer than what they went by.
void Replica::Impl::lead_by_majority(const VoterList& heard) {
    if (!begins_era() || !(quorum_by_fewer || can_be_halved(lists()))) {
        propose_view(log.voters(), ViewKind::by_majority);
    } else if (round.forced() || leave_no_era_elsewhere(lists(), heard)) {
        propose_view(heard, ViewKind::with_old_list);
    }
}

bool Replica::Impl::begins_era() const {
    return next_view().era != log.last_view().era;
}

// Above every promise.
View Replica::Impl::next_view() const {
    return std::max(round.next_view(settings.node),
                    View{promise.era, promise.number + 1, settings.node});
}

void Replica::Impl::propose_view(const VoterList& voters, ViewKind kind) {
    proposed = true;
    progress = now;  // the round came to something: it is given its time
    my_view = next_view();
    my_view_kind = kind;
    // An era that we agreed to follow but have no entry of may have begun without us: entries of
    // ours must not pass for its own.
    const bool founds_era = kind != ViewKind::by_majority;
    if (founds_era || my_view->era != log.last_view().era) {
        my_view = View{{my_view->era.count + 1, settings.disk}, 1, settings.node};
    }
    wire::ViewProposal proposal;
    proposal.cluster = cluster != ClusterId() ? cluster : round.agreed_cluster();
    if (proposal.cluster == ClusterId()) proposal.cluster = cluster_of(voters);
    proposal.last_view = log.last_view();
    proposal.last_index = log.last();
    proposal.chain = log.last_chain();
    proposal.committed = committed;
    proposal.founds_era = founds_era;
    proposal.voters = encode(voters);
    say(*my_view, proposal);
}

// A cluster founded together takes its id from the disks of its founders: no two have the same.
ClusterId Replica::Impl::cluster_of(const VoterList& founders) {
    const Sha256 hash = sha256({"cluster", encode(founders)});
    ClusterId id;
    std::copy_n(hash.begin(), id.bytes.size(), id.bytes.begin());
    return id;
}

void Replica::Impl::hear(NodeId sender, const View& view, const wire::ViewProposal& proposal) {
    if (sender != view.leader || view <= promise || same(view, promise)) return;
    const bool at_the_end = std::max(view.number, view.era.count) + 1 >= wire::max_view_number;
    if (at_the_end || out_of_reach(view) || proposal.cluster == ClusterId()) return;
    if (cluster != ClusterId() && proposal.cluster != cluster) return;
    // What an earlier run of this daemon proposed has nobody to lead it; nor has what we proposed
    // by a log that another's takes the place of.
    const bool still_ours = view == my_view && !installing && proposal.chain == log.last_chain();
    if (sender == settings.node && !still_ours) return;
    Result<VoterList> voters = decode_voters(proposal.voters);
    if (!voters || voters->empty()) return;

    ViewState next;
    next.view = view;
    next.start = proposal.last_index;
    next.chain = proposal.chain;
    next.voters = *std::move(voters);
    next.founds_era = proposal.founds_era;
    next.keeps_list = sender == settings.node && my_view_kind == ViewKind::with_old_list;
    const bool ahead =
        std::pair(log.last_view(), log.last()) > std::pair(proposal.last_view, proposal.last_index);
    if (ahead && !planted(Mistake::vote_for_log_behind)) {
        refused = std::move(next);
        start_round(round.number() + 1);
        return;
    }
    if (cluster == ClusterId()) {
        cluster = proposal.cluster;
        out.adopt_cluster = cluster;
    }
    follow(std::move(next));
    leader_committed = std::min(proposal.committed, proposal.last_index);
    if (current->in_step) commit_up_to(std::min({leader_committed, current->start, durable}));
}

// From here on nothing is appended or reported for a lower view.
void Replica::Impl::follow(ViewState next) {
    PMX_CHECK(next.view > promise, "a promise that goes back");
    promise = next.view;
    out.save_promise = promise;
    auto durable_before = current ? std::move(current->durable) : std::map<Voter, LogIndex>();
    current = std::move(next);
    if (planted(Mistake::stale_durable_counted)) current->durable = std::move(durable_before);
    // What was committed here above the start was so in an era that lost: a snapshot takes it away.
    const bool parted = committed > current->start;
    current->in_step = !installing && !parted && log.chain_at(current->start) == current->chain;
    // Others may go on without us in an era that we have no entry of, but not where it takes us to
    // found it.
    const bool founder = current->founds_era && contains(current->voters, self());
    if (!founder && current->view.era != log.last_view().era) steady = false;
    refused.reset();
    views_differ = false;
    promise_due.reset();
    if (!planted(Mistake::bodies_kept)) bodies.clear();
    snapshots.clear();
    digests.clear();
    appends_in_ring = 0;
    leader_committed = LogIndex();
    fetching.unanswered = 0;
    if (fetching.stage != Fetching::Stage::idle) fetching.begin(Fetching::Stage::idle);
}

void Replica::Impl::on(PromiseFlushed& event) {
    PMX_CHECK(event.promise <= promise, "a promise on disk that was never made");
    promise_on_disk = std::max(promise_on_disk, event.promise);
    if (!current || current->view != promise_on_disk) return;
    accept_once_ready();
    report_durable();
    advance_commit();
}

// Without it this node neither accepts nor reports. Whoever has its vote waits for it, and where
// nobody does no round comes.
void Replica::Impl::save_promise_again() {
    if (!promise_due || now < *promise_due) return;
    promise_due.reset();
    out.save_promise = promise;
}

// Those who found an era are all that has its log: each says so once it has it.
void Replica::Impl::accept_once_ready() {
    if (!current || !current->accepts || current->accept_said) return;
    if (promise_on_disk != current->view) return;
    const bool has_log = (current->in_step && durable >= current->start) ||
                         planted(Mistake::era_accepted_without_log);
    if (current->founds_era && !has_log) return;
    current->accept_said = true;
    say(current->view, wire::Accept{settings.disk});
}

void Replica::Impl::hear(NodeId sender, const View& view, const wire::Accept& accept) {
    const Voter voter{sender, accept.disk};
    if (const KnownPeer* peer = peers.find(sender); peer != nullptr) {
        seen.learn({sender, accept.disk, peer->boot, view, {}, {}});
    }
    if (current && same(view, current->view)) {
        count_accept(*current, voter);
        if (!current->open && current->accepted.size() >= current->needed()) open_view();
    } else if (refused && same(view, refused->view)) {
        count_accept(*refused, voter);
        if (refused->accepted.size() >= refused->needed()) follow_refused();
    }
}

void Replica::Impl::count_accept(ViewState& candidate, const Voter& voter) {
    for (const Voter& one : candidate.voters) {
        const bool same_disk = one.disk == voter.disk || planted(Mistake::votes_by_node);
        if (one.node == voter.node && same_disk) candidate.accepted.insert(one);
    }
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
    // A HELLO that waits for the disk is said even so: the leader must know whose disk this is.
    // Who led before and was away so shortly that nobody missed a renewal goes on counting.
    const bool goes_on = (led_last && view_lost && now - *view_lost <= view_grace) ||
                         planted(Mistake::lock_clock_kept);
    led_last = leading();
    view_lost.reset();
    progress = now;
    note_steadiness();
    if (leading()) {
        if (!goes_on) lock_clock.clear();
        clock_read.reset();
        sent = log.last();
        append_first_entry();
        if (damaged) return;  // the next leader orders what waits
        for (const RequestId& request : bodies.whole()) {
            order(request, *bodies.take(request));
        }
    }
    propose_waiting();
    forcing.reset();
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

}  // namespace pmx::replica
