// What is on disks, and so committed.
#include <algorithm>

#include "base/check.h"
#include "replica/impl.h"

namespace pmx::replica {

void Replica::Impl::on(LogFlushed& event) {
    PMX_CHECK(event.up_to <= log.last(), "an entry on disk that is not in the log");
    durable = std::max(durable, event.up_to);
    say_hello_once_flushed();
    consider_leading();
    accept_once_ready();
    report_durable();
    advance_commit();
}

// One report is in the ring at a time; what becomes durable meanwhile is in the next.
//
// Only entries of the view followed, only what is on disk, and only once the promise of that view
// is. A member that followed with a longer log has entries of older views where the leader's come.
void Replica::Impl::report_durable() {
    if (!current || !current->in_step) return;
    const bool promised =
        promise_on_disk == current->view || planted(Mistake::durable_before_promise);
    if (!promised) return;
    const bool of_this_view = durable > current->start && log.view_at(durable) == current->view;
    if (!of_this_view && !planted(Mistake::older_view_by_counting)) return;
    current->report(self(), durable);
    // Said after the APPEND that it speaks of: nobody could make anything of it before.
    const LogIndex up_to = leading() ? std::min(durable, sent) : durable;
    if (up_to <= current->reported || alone() || current->report_in_ring) return;
    current->reported = up_to;
    if (up_to <= current->start) return;
    current->report_in_ring = true;
    say(current->view, wire::Durable{settings.disk, up_to, log.chain_at(up_to).value()});
}

void Replica::Impl::hear(NodeId sender, const View& view, const wire::Durable& durable_report) {
    const bool of_this_view = current && view == current->view;
    if (!of_this_view && !(current && planted(Mistake::stale_durable_counted))) return;
    if (sender == settings.node) {
        if (of_this_view) current->report_in_ring = false;
        report_durable();
        return;
    }
    if (of_this_view && (!current->in_step || durable_report.up_to > log.last())) {
        current->later[sender] = durable_report;
        return;
    }
    count_durable(sender, view, durable_report);
    advance_commit();
}

void Replica::Impl::count_durable(NodeId sender, const View& view, const wire::Durable& report) {
    const LogIndex up_to = report.up_to;
    if (up_to < log.base().index) return;
    const bool same = log.chain_at(up_to) == report.chain;
    if (!same && !(planted(Mistake::gap_accepted) && up_to <= log.last())) return;
    if (log.view_at(up_to) != view && !planted(Mistake::older_view_by_counting)) return;
    if (const KnownPeer* peer = peers.find(sender); peer != nullptr) {
        seen.learn({sender, report.disk, peer->boot, view, view, up_to});
    }
    current->report({sender, report.disk}, up_to);
    if (!planted(Mistake::snapshot_not_released)) snapshots.release(sender);
}

void Replica::Impl::count_reports_of_later_entries() {
    for (const auto& [sender, report] : current->later) {
        if (report.up_to <= log.last()) count_durable(sender, current->view, report);
    }
    current->later.clear();
}

// An entry of the view followed is committed, and with it all before, once a majority of the
// voters has it (quorum.h says which). Entries of older views are never counted by themselves. What
// is not on our own disk waits for that: so a full disk never takes back what was applied.
void Replica::Impl::advance_commit() {
    if (!current || !current->in_step) return;
    const VoterLists voters = lists();
    const LogIndex place =
        counted(voters, current->on_majority(voters.in_force), current->on_majority(voters.before));
    const bool of_this_view = place > current->start || planted(Mistake::older_view_by_counting);
    LogIndex reached = of_this_view ? place : LogIndex();
    // What the leader says is committed, it has counted.
    reached = std::max(reached, std::min(leader_committed, log.last()));
    if (reached <= committed) return;
    commit_up_to(std::min(reached, durable));
}

void Replica::Impl::commit_up_to(LogIndex index) {
    PMX_CHECK(index <= log.last(), "a commit above the log");
    if (index <= committed) return;
    while (committed < index) {
        level_unknown = log.in_force_at(next(committed)).level > settings.highest_level &&
                        !planted(Mistake::unknown_level_ignored);
        if (level_unknown) return;
        committed = next(committed);
        out.committed.push_back(log.at(committed));
        const RequestId& request = out.committed.back()->request;
        if (own(request)) requests.answered(request.sequence);
    }
    progress = now;
    patience = min_patience;
    note_steadiness();
}

// Kept for the administrator until a request comes to be after all.
void Replica::Impl::reject_what_is_cut(LogIndex after) {
    bool any = false;
    for (LogIndex i = next(after); i <= log.last() && !any; i = next(i))
        any = log.at(i)->kind == wire::EntryKind::change;
    if (!any || !rejected_due.empty()) return;
    for (LogIndex i = next(state.applied); i <= log.last(); i = next(i))
        rejected_due.push_back(log.at(i));
}

void Replica::Impl::cut_log_after(LogIndex index) {
    PMX_CHECK(index >= committed, "what is committed would be cut");
    for (LogIndex i = next(index); i <= log.last(); i = next(i)) {
        unapplied.erase(log.at(i)->request);
    }
    log.cut_after(index);
    durable = std::min(durable, index);
    cut_due = cut_due ? std::min(*cut_due, index) : index;
}

// The disk is full. A sole voter, alone, takes back what it could not store and tells who asked;
// the log goes on from there. Among several voters the others may have stored it, and it may yet be
// committed: our callers wait, and a member that has it will lead.
void Replica::Impl::on(LogAppendFailed& event) {
    const bool promise_lost =
        promise_on_disk < promise && !planted(Mistake::promise_lost_when_full);
    if (promise_lost) promise_due = now + std::chrono::seconds(1);
    if (event.from > log.last()) return;
    PMX_CHECK(event.from > durable, "what was durable could not be stored");
    const bool sole_voter = alone() && log.voters() == VoterList{self()};
    const bool first_entry_lost = current && event.from <= next(current->start);
    const bool some_wait = !sole_voter || !refuse_from(event.from);
    cut_log_after(LogIndex(event.from.value - 1));
    sent = std::min(sent, log.last());
    if (some_wait || first_entry_lost) {
        if (leading()) give_up_view();
        if (current) current->in_step = false;
        // What was fetched is gone with the log.
        fetching.begin(Fetching::Stage::idle);
        fetch_again_later();
    }
    say_hello_once_flushed();
    consider_leading();
}

// False when some must wait: what was shown to others may be in a log that outranks ours.
bool Replica::Impl::refuse_from(LogIndex from) {
    bool all = true;
    for (LogIndex i = from; i <= log.last(); i = next(i)) {
        const RequestId& request = log.at(i)->request;
        if (!own(request)) continue;
        if (requests.was_shown(request.sequence)) {
            all = false;
            continue;
        }
        out.refused.push_back({request.sequence, Code::no_space});
        requests.answered(request.sequence);
    }
    return all;
}

}  // namespace pmx::replica
