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
    report_durable();
    advance_commit();
}

// Only entries of the view followed, only what is on disk, and only once the promise of that view
// is. A member that followed with a longer log has entries of older views where the leader's come.
void Replica::Impl::report_durable() {
    if (!current || !current->in_step || promise_on_disk != current->view) return;
    if (durable <= current->start || log.view_at(durable) != current->view) return;
    LogIndex& reported = current->durable[self()];
    if (durable <= reported) return;
    reported = durable;
    if (alone()) return;
    say(current->view, wire::Durable{settings.disk, durable, log.chain_at(durable).value()});
}

void Replica::Impl::hear(NodeId sender, const View& view, const wire::Durable& durable_report) {
    if (!current || view != current->view || sender == settings.node) return;
    const LogIndex up_to = durable_report.up_to;
    if (log.chain_at(up_to) != durable_report.chain || log.view_at(up_to) != view) return;
    current->report({sender, durable_report.disk}, up_to);
    advance_commit();
}

// An entry of the view followed is committed, and with it all before, once a majority of the
// voters has it. Entries of older views are never counted by themselves. What is not on our own
// disk waits for that: so a full disk never takes back what was applied.
void Replica::Impl::advance_commit() {
    if (!current || !current->in_step) return;
    const LogIndex reached = current->on_majority(log.voters());
    if (reached <= std::max(current->start, committed)) return;
    PMX_CHECK(log.view_at(reached) == current->view, "a commit by counting an older view's entry");
    commit_up_to(std::min(reached, durable));
}

void Replica::Impl::commit_up_to(LogIndex index) {
    PMX_CHECK(index <= log.last(), "a commit above the log");
    if (index <= committed) return;
    while (committed < index) {
        committed = next(committed);
        out.committed.push_back(log.at(committed));
        const RequestId& request = out.committed.back()->request;
        if (own(request)) requests.answered(request.sequence);
    }
    progress = now;
    patience = min_patience;
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
    if (event.from > log.last()) return;
    PMX_CHECK(event.from > durable, "what was durable could not be stored");
    const bool sole_voter = alone() && log.voters() == VoterList{self()};
    const bool first_entry_lost = current && event.from <= next(current->start);
    if (sole_voter) refuse_from(event.from);
    cut_log_after(LogIndex(event.from.value - 1));
    sent = std::min(sent, log.last());
    if (!sole_voter || first_entry_lost) {
        if (leading()) give_up_view();
        if (current) current->in_step = false;
    }
    say_hello_once_flushed();
    consider_leading();
}

void Replica::Impl::refuse_from(LogIndex from) {
    for (LogIndex i = from; i <= log.last(); i = next(i)) {
        const RequestId& request = log.at(i)->request;
        if (!own(request)) continue;
        out.refused.push_back({request.sequence, Code::no_space});
        requests.answered(request.sequence);
    }
}

}  // namespace pmx::replica
