// A snapshot in the place of tree and log.
#include <algorithm>
#include <iterator>
#include <mutex>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "engine/engine.h"
#include "engine/rejected_changes.h"
#include "engine/tree_difference.h"

namespace pmx::engine {

// Nothing is applied between begin_install() and finish_install(), so that the disk thread may read
// the present state.
struct Engine::Snapshot {
    replica::Install install;
    replica::StateMachine state;  // as it will be
    std::vector<tree::Change> changes;
    std::vector<RequestId> rejected;
};

namespace {

constexpr std::size_t history_page = 1000;

// All that the disk keeps, newest first.
Result<std::vector<ports::HistoryRecord>> history_up_to(ports::LogStore& disk, LogIndex to) {
    ports::HistoryQuery query;
    query.before = next(to);
    query.limit = history_page;
    query.include_private = true;
    std::vector<ports::HistoryRecord> records;
    for (;;) {
        auto page = disk.history(query);
        if (!page) return page;
        if (page->empty()) return records;
        const LogIndex last = page->back().index;
        const bool all = page->size() < query.limit;
        std::move(page->begin(), page->end(), std::back_inserter(records));
        if (all) return records;
        // The rest of an entry's records comes again with the next page.
        std::erase_if(records, [&](const auto& record) { return record.index == last; });
        query.before = next(last);
    }
}

std::optional<tree::Op> op_of(ports::LogStore& disk, LogIndex index) {
    const auto entry = disk.entry(index);
    if (!entry) return std::nullopt;
    auto op = tree::decode_op(entry->op);
    return op ? std::optional(std::move(*op)) : std::nullopt;
}

}  // namespace

// What differs is said of the present state, and what was committed here and lost out is in the
// history: the disk gets both with a checkpoint first.
void Engine::begin_install(replica::Install install) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->install = std::move(install);
    const auto write = [this, snapshot] {
        if (stopping_) return;
        installing_ = true;
        DiskWriter::Request request;
        request.generation = disk_generation_;
        request.prepare = [this, snapshot](ports::WriteBatch& batch) {
            return prepare_install(*snapshot, batch);
        };
        request.done = [this, snapshot](Code result, std::uint64_t generation) {
            tasks_.post([=, this] { finish_install(*snapshot, result, generation); });
        };
        writer_->enqueue(std::move(request));
    };
    after_all_is_written([this, write] {
        // Not now: the step that asked for this may not be over.
        if (!checkpointer_.anything_waiting()) return write();
        tasks_.post([this] { refuse_install(); });
    });
}

Result<void> Engine::prepare_install(Snapshot& snapshot, ports::WriteBatch& batch) {
    const replica::Install& install = snapshot.install;
    auto tree = tree::tree_with(state_.tree, install.changed, install.removed, install.cluster_log);
    if (!tree) return fail(tree.error().while_doing("the snapshot that arrived"));
    if (tree->digest() != install.base.tree_digest) {
        return fail(Code::corrupt, "the snapshot that arrived is not the tree that was promised");
    }
    std::vector<ports::RejectedChange> rejected = rejected_by(snapshot);
    for (const ports::RejectedChange& change : rejected)
        snapshot.rejected.push_back(change.request);
    const LogIndex common = install.reject_from == LogIndex()
                                ? state_.applied
                                : LogIndex(install.reject_from.value - 1);
    snapshot.changes = difference(state_.tree, *tree, common);
    snapshot.state.tree = std::move(*tree);
    snapshot.state.results = install.base.results;
    snapshot.state.applied = install.base.index;
    snapshot.state.level = install.base.level;
    batch.install = install;
    batch.reject = std::move(rejected);
    return {};
}

std::vector<ports::RejectedChange> Engine::rejected_by(const Snapshot& snapshot) const {
    const replica::Install& install = snapshot.install;
    std::vector<ports::RejectedChange> rejected;
    if (install.reject_from == LogIndex()) return rejected;
    if (install.reject_from <= state_.applied) {
        auto history = history_up_to(*disk_, state_.applied);
        if (history) {
            const auto op_at = [this](LogIndex index) { return op_of(*disk_, index); };
            rejected = rejected_history(*history, install.reject_from, op_at, state_.tree);
        } else {
            // Better a member again without the list than none because of it.
            log::error("what lost out cannot be listed: " + history.error().message());
        }
    }
    if (!install.above_applied.empty()) {
        replica::StateMachine copy;
        auto tree = tree::tree_with(state_.tree, {}, {}, state_.tree.cluster_log());
        PMX_CHECK(tree.has_value(), "the nodes of a tree that make none");
        copy.tree = std::move(*tree);
        copy.results = state_.results;
        copy.applied = state_.applied;
        copy.level = state_.level;
        auto above = rejected_changes(std::move(copy), install.above_applied,
                                      LogIndex(install.reject_from.value - 1));
        std::move(above.begin(), above.end(), std::back_inserter(rejected));
    }
    remove_what_is_done(rejected, install.base.results);
    add_what_no_entry_tells(rejected, install.lost);
    return rejected;
}

// A change that came with a snapshot, or is older than what history keeps, has no entry here.
void Engine::add_what_no_entry_tells(std::vector<ports::RejectedChange>& rejected,
                                     std::vector<replica::RequestResults::Lost> lost) const {
    std::set<RequestId> listed;
    for (const ports::RejectedChange& change : rejected)
        listed.insert(change.request);
    std::erase_if(lost, [&](const auto& one) { return listed.contains(one.request); });
    if (lost.size() >= replica::RequestResults::max_lost) {
        log::error("more changes were lost than can be listed: some of the oldest are left out");
    }
    auto unseen = rejected_results(lost, state_.tree);
    std::move(unseen.begin(), unseen.end(), std::back_inserter(rejected));
}

void Engine::refuse_install() {
    installing_ = false;
    step(replica::SnapshotRefused{});
    run_after_checkpoint();
}

void Engine::finish_install(Snapshot& snapshot, Code result, std::uint64_t generation) {
    if (result != Code::ok) {
        if (generation > disk_generation_) disk_was_full(generation);
        return refuse_install();
    }
    installing_ = false;
    {
        const std::unique_lock lock(tree_mutex_);
        std::swap(state_, snapshot.state);
    }
    checkpointer_ = Checkpointer();
    rejected_.insert(snapshot.rejected.begin(), snapshot.rejected.end());
    if (!snapshot.rejected.empty()) write(StateJournal::lost(snapshot.rejected.size()));
    std::erase_if(no_longer_rejected_,
                  [this](const RequestId& request) { return rejected_.contains(request); });
    settle_rejected();
    wire::Entry entry;  // stands for all that came between
    entry.index = state_.applied;
    entry.view = snapshot.install.base.view;
    entry.kind = wire::EntryKind::first;
    ports::Committed committed;
    committed.entry = std::make_shared<const wire::Entry>(std::move(entry));
    committed.changes = std::move(snapshot.changes);
    for (ports::Invalidator* invalidator : invalidators_)
        invalidator->committed(committed);
    step(replica::SnapshotInstalled{state_.applied});
    run_after_checkpoint();
}

}  // namespace pmx::engine
