#include "tests/sim/disk.h"

#include <utility>

#include "base/check.h"
#include "replica/mistakes.h"

namespace pmx::sim {

using replica::Mistake;
using replica::planted;

namespace {

bool done_in(const replica::Install& snapshot, const wire::Entry& entry) {
    return snapshot.base.results.was_applied(entry.request);
}

}  // namespace

bool Platter::has(LogIndex index, const wire::Chain& chain) const {
    if (index == base.index) return base.chain == chain;
    if (index <= before || index > last()) return false;
    return entries[index.value - before.value - 1]->chain == chain;
}

std::vector<wire::EntryPtr> Platter::after_base() const {
    const auto first = static_cast<std::ptrdiff_t>(base.index.value - before.value);
    return {entries.begin() + first, entries.end()};
}

bool Batch::empty() const {
    return !adopt_cluster && !promise && !cut_after && append.empty() && rejected.empty() &&
           no_longer_rejected.empty() && !install && keep_aside.empty() && !base;
}

Disk::Flushed Disk::flush_one() {
    Flushed flushed;
    flushed.batch = std::move(waiting_.front());
    waiting_.pop_front();
    const Batch& batch = flushed.batch;
    if (batch.adopt_cluster) platter_.cluster = *batch.adopt_cluster;
    if (batch.promise && !planted(Mistake::promise_not_on_disk)) platter_.promise = *batch.promise;
    if (batch.first_half) {
        cut_after(platter_.base.index, flushed.dropped);
        return flushed;
    }
    if (batch.cut_after) cut_after(*batch.cut_after, flushed.dropped);
    for (const wire::EntryPtr& entry : batch.append) {
        PMX_CHECK(entry->index == next(platter_.last()), "an append beside the log's end");
        platter_.entries.push_back(entry);
    }
    for (const wire::EntryPtr& entry : batch.rejected)
        reject(entry, false);
    for (const RequestId& request : batch.no_longer_rejected)
        platter_.rejected.erase(request);
    if (batch.install) {
        install(batch, flushed.dropped);
    } else if (batch.base) {
        platter_.base = *batch.base;
        platter_.stored = batch.stored;
    }
    platter_.aside.insert(platter_.aside.end(), batch.keep_aside.begin(), batch.keep_aside.end());
    return flushed;
}

void Disk::cut_after(LogIndex index, std::vector<wire::EntryPtr>& dropped) {
    PMX_CHECK(index >= platter_.base.index, "a cut below what was applied");
    if (index >= platter_.last()) return;
    const auto kept = static_cast<std::ptrdiff_t>(index.value - platter_.before.value);
    dropped.insert(dropped.end(), platter_.entries.begin() + kept, platter_.entries.end());
    platter_.entries.erase(platter_.entries.begin() + kept, platter_.entries.end());
}

void Disk::reject(const wire::EntryPtr& entry, bool committed) {
    if (entry->kind != wire::EntryKind::change) return;
    platter_.rejected[entry->request] = {entry, committed};
}

void Disk::install(const Batch& batch, std::vector<wire::EntryPtr>& dropped) {
    const replica::Install& snapshot = *batch.install;
    const LogIndex from = snapshot.reject_from;
    for (const wire::EntryPtr& entry : platter_.entries) {
        const bool was_committed = entry->index <= batch.applied;
        if (was_committed && entry->index >= from && !done_in(snapshot, *entry))
            reject(entry, true);
        dropped.push_back(entry);
    }
    for (const wire::EntryPtr& entry : snapshot.above_applied) {
        if (entry->index < from || entry->index <= batch.applied) continue;
        if (!done_in(snapshot, *entry)) reject(entry, false);
    }
    for (const auto& lost : snapshot.lost)
        platter_.rejected.emplace(lost.request, Platter::Rejected{nullptr, true});
    platter_.entries.clear();
    platter_.aside.clear();
    platter_.base = *batch.base;
    platter_.before = platter_.base.index;
    platter_.stored = batch.stored;
}

void Disk::replace(Platter platter) {
    PMX_CHECK(waiting_.empty(), "another disk under a running daemon");
    platter_ = std::move(platter);
}

}  // namespace pmx::sim
