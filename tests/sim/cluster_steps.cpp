// Carrying out what a replica decides: the engine's part, on a simulated disk.
#include <set>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "replica/mistakes.h"
#include "tests/sim/cluster.h"
#include "tree/limits.h"
#include "tree/op.h"
#include "wire/message.h"

namespace pmx::sim {
namespace {

using replica::Mistake;
using replica::planted;

std::uint64_t number_of(const wire::Chain& chain) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i)
        number = number << 8 | chain[i];
    return number;
}

// The tree that a snapshot makes of the one at hand.
Stored with(const replica::Install& install, const replica::StateMachine& state) {
    auto tree = tree::tree_with(state.tree, install.changed, install.removed, install.cluster_log);
    if (!tree) return nullptr;
    auto stored = std::make_shared<replica::StateMachine>();
    stored->tree = std::move(*tree);
    stored->results = install.base.results;
    stored->applied = install.base.index;
    stored->level = install.base.level;
    return stored;
}

}  // namespace

void Cluster::step(Node& node, replica::Event event) {
    if (++steps_ == max_steps) violations_.add(Check::progress, "the nodes' work never ends");
    replica::Actions actions = node.daemon->replica->step(std::move(event), clock_of(node));
    carry_out(node, std::move(actions));
}

void Cluster::carry_out(Node& node, replica::Actions actions) {
    Daemon& daemon = *node.daemon;
    if (actions.stop) {
        violations_.add(Check::daemon,
                        "node " + std::to_string(node.id.value) + " stops: " + *actions.stop);
        return end_daemon(node);
    }
    persist(node, actions);
    for (std::string& message : actions.multicast) {
        check_said(node, message);
        network_.multicast(node.id, std::move(message));
    }
    apply(node, actions.committed);
    for (const replica::Refused& refusal : actions.refused) {
        log_check_.refused({node.id, daemon.boot, refusal.sequence});
        daemon.calls.erase(refusal.sequence);
        trace_.note(node.id, "refuses", refusal.sequence, [&] {
            return std::to_string(refusal.sequence) + ": " + std::string(code_name(refusal.reason));
        });
    }
    for (const auto& [sequence, done] : actions.answered)
        answer(node, sequence, {done.result, done.inode, {}});
    daemon.wake_at = actions.wake_at;
    if (!actions.renew_disk) return;
    trace_.note(node.id, "takes a new disk id");
    quorum_check_.gone(node.disk.platter());
    end_daemon(node);
    node.disk.rename(new_disk_id());
    start(node);
}

void Cluster::persist(Node& node, replica::Actions& actions) {
    Daemon& daemon = *node.daemon;
    if (actions.adopt_cluster) daemon.adopted = actions.adopt_cluster;
    Batch batch;
    batch.adopt_cluster = daemon.adopted;
    batch.promise = actions.save_promise;
    batch.cut_after = actions.cut_after;
    batch.append = std::move(actions.append);
    for (const wire::EntryPtr& entry : batch.append) {
        if (entry->kind == wire::EntryKind::voters) lists_ordered_.push_back(entry);
        check_ordered(node, *entry);
    }
    batch.rejected = std::exchange(daemon.rejected, {});
    for (const wire::EntryPtr& entry : actions.rejected) {
        PMX_CHECK(actions.cut_after, "entries that lost out without a cut");
        const bool done = daemon.state.results.was_applied(entry->request);
        if (entry->index > *actions.cut_after && !done) batch.rejected.push_back(entry);
    }
    batch.applied = daemon.state.applied;
    batch.install = std::move(actions.install);
    batch.keep_aside = std::move(actions.keep_aside);
    if (batch.empty()) return;
    if (batch.install) prepare_install(node, batch);
    if (planted(Mistake::durable_before_fsync) && !batch.append.empty()) {
        daemon.reports.emplace_back(replica::LogFlushed{batch.append.back()->index});
    }
    if (planted(Mistake::install_in_two_transactions) && batch.install) {
        Batch half;
        half.first_half = true;
        half.promise = std::exchange(batch.promise, std::nullopt);
        half.adopt_cluster = std::exchange(batch.adopt_cluster, std::nullopt);
        node.disk.write(std::move(half));
    }
    node.disk.write(std::move(batch));
}

// Nobody loses a lock before its time: of the leader's clock, since it saw the last renewal.
void Cluster::check_ordered(const Node& node, const wire::Entry& entry) {
    if (entry.kind != wire::EntryKind::expire || entry.view.leader != node.id) return;
    const auto op = tree::decode_op(entry.op);
    const auto* expire = op ? std::get_if<tree::ExpireLock>(&*op) : nullptr;
    if (expire == nullptr) return;
    const Daemon& daemon = *node.daemon;
    const auto applied = daemon.applied_at.find(expire->renewed_at);
    const MonotonicTime since =
        applied == daemon.applied_at.end() ? daemon.state_since : applied->second;
    if (clock_of(node) - since >= std::chrono::seconds(tree::lock_lifetime_s)) return;
    violations_.add(Check::claims, "node " + std::to_string(node.id.value) +
                                       " frees a lock before its time, with entry " +
                                       std::to_string(entry.index.value));
}

// Whoever votes for a view, or reports in it, has its promise on disk.
void Cluster::check_said(const Node& node, const std::string& bytes) {
    constexpr std::size_t max_claim_bytes = 256;
    if (bytes.size() > max_claim_bytes) return;
    const auto message = wire::decode_message(bytes);
    if (!message || message->view <= node.disk.platter().promise) return;
    const bool claims = std::holds_alternative<wire::Accept>(message->payload) ||
                        std::holds_alternative<wire::Durable>(message->payload);
    if (!claims) return;
    violations_.add(Check::claims, "node " + std::to_string(node.id.value) + " speaks in view " +
                                       to_string(message->view) +
                                       " and its promise is not on disk");
}

void Cluster::prepare_install(Node& node, Batch& batch) {
    Daemon& daemon = *node.daemon;
    PMX_CHECK(!daemon.installing, "a snapshot while another is being installed");
    daemon.installing = true;
    batch.base = batch.install->base;
    batch.stored = with(*batch.install, daemon.state);
    const bool right = batch.stored && batch.stored->tree.digest() == batch.base->tree_digest;
    if (!right) violations_.add(Check::trees, "a snapshot that is not the tree it says");
    if (!batch.stored) batch.stored = std::make_shared<const replica::StateMachine>();
    trace_.note(node.id, "installs", batch.base->index.value, [&] {
        return "a snapshot of " + std::to_string(batch.base->index.value) + ", rejects from " +
               std::to_string(batch.install->reject_from.value);
    });
}

Disk::Flushed Cluster::flush_one(Node& node) {
    Disk::Flushed flushed = node.disk.flush_one();
    rejected_check_.dropped(flushed.dropped);
    const DiskId& disk = node.disk.platter().id;
    if (flushed.batch.install) {
        quorum_check_.dropped(disk, flushed.dropped, flushed.batch.base->view.era);
    } else if (!flushed.batch.append.empty()) {
        quorum_check_.dropped(disk, flushed.dropped, flushed.batch.append.front()->view.era);
    }
    return flushed;
}

bool Cluster::flush(Node& node) {
    if (!node.disk.has_waiting() || node.disk_hangs || !ok()) return false;
    Daemon& daemon = *node.daemon;
    Disk::Flushed flushed = flush_one(node);
    Batch& batch = flushed.batch;
    if (batch.adopt_cluster) daemon.adopted.reset();
    if (batch.promise) daemon.reports.emplace_back(replica::PromiseFlushed{*batch.promise});
    if (!batch.append.empty() && !planted(Mistake::durable_before_fsync)) {
        daemon.reports.emplace_back(replica::LogFlushed{batch.append.back()->index});
    }
    if (batch.install) {
        daemon.reports.emplace_back(SnapshotStored{*batch.base, batch.stored});
    } else if (batch.base) {
        daemon.reports.emplace_back(CheckpointStored{*batch.base});
    }
    trace_.note(node.id, "flushes", node.disk.platter().last().value, [&] {
        return "its log ends at " + std::to_string(node.disk.platter().last().value);
    });
    return true;
}

void Cluster::installed(Node& node, const SnapshotStored& snapshot) {
    Daemon& daemon = *node.daemon;
    log_check_.installed(node.id, snapshot.base.index, snapshot.base.chain);
    daemon.state = *snapshot.stored;
    daemon.chain = snapshot.base.chain;
    daemon.voters = snapshot.base.voters;
    daemon.level = snapshot.base.level;
    daemon.state_since = clock_of(node);
    daemon.applied_at.clear();
    daemon.installing = false;
    step(node, replica::SnapshotInstalled{snapshot.base.index});
    if (node.daemon) forget_rejected(node, {});
}

// The disk is full. What was written before it was has its reports first.
void Cluster::fill_disk(Node& node) {
    if (!node.disk.has_waiting()) return;
    while (node.runs() && hand_over_report(node)) {
    }
    if (node.runs()) refuse_waiting(node);
}

void Cluster::refuse_waiting(Node& node) {
    Daemon& daemon = *node.daemon;
    trace_.note(node.id, "has a full disk");
    bool snapshot = false;
    for (const Batch& batch : node.disk.fail_all()) {
        daemon.rejected.insert(daemon.rejected.end(), batch.rejected.begin(), batch.rejected.end());
        if (batch.install) snapshot = true;
        if (batch.base && !batch.install) daemon.checkpointing = false;
    }
    step(node, replica::LogAppendFailed{next(daemon.replica->status().durable)});
    if (!snapshot || !node.daemon) return;
    node.daemon->installing = false;
    step(node, replica::SnapshotRefused{});
}

void Cluster::apply(Node& node, const std::vector<wire::EntryPtr>& entries) {
    if (entries.empty()) return;
    // Who commits without a view of its own was alone with its log.
    const auto view = node.daemon->replica->status().open_view;
    const Era era = view.value_or(entries.back()->view).era;
    // Whoever commits first counted the last of these, which is of its view; or is alone.
    const Era counted_in = entries.back()->view.era;
    bool is_new = false;
    for (const wire::EntryPtr& entry : entries)
        is_new = apply_one(node, era, counted_in, entry);
    if (is_new) check_quorum(node, era, *entries.back());
    Daemon& daemon = *node.daemon;
    const LogIndex last = daemon.state.applied;
    trace_.note(node.id, "commits", number_of(daemon.chain), [&] {
        return "up to " + std::to_string(last.value) + ", " + to_string(entries.back()->view);
    });
    if (!bit_flipped_ && last.value % 4 == 0) {
        tree_check_.stands(node.id, last, daemon.chain, daemon.state.tree.digest());
    }
    forget_rejected(node, entries);
}

// True when no node applied it before.
bool Cluster::apply_one(Node& node, const Era& era, const Era& counted_in,
                        const wire::EntryPtr& entry) {
    Daemon& daemon = *node.daemon;
    const tree::Outcome outcome = daemon.state.apply(*entry);
    const wire::Chain before = std::exchange(daemon.chain, entry->chain);
    if (entry->kind == wire::EntryKind::voters) {
        daemon.voters = replica::decode_voters(entry->op).value();
    }
    if (entry->kind == wire::EntryKind::level) daemon.level = ByteReader(entry->op).u32();
    if (daemon.level > daemon.highest_level) {
        violations_.add(Check::claims, "node " + std::to_string(node.id.value) + " applies entry " +
                                           std::to_string(entry->index.value) +
                                           " of a level that it does not know");
    }
    daemon.applied_at[entry->index] = clock_of(node);
    const bool is_new = log_check_.committed(node.id, era, before, entry, counted_in);
    const RequestId& request = entry->request;
    if (request.node == node.id && request.boot == daemon.boot) {
        answer(node, request.sequence, outcome);
    }
    return is_new;
}

// What is committed together is committed by its last entry, under the list that is in force there,
// or at the end of the log.
void Cluster::check_quorum(const Node& node, const Era& era, const wire::Entry& last) {
    const std::vector<const Platter*> disks = platters();
    if (quorum_check_.on_majority(last, era, disks, node.daemon->voters)) return;
    quorum_check_.committed(last, era, disks, node.daemon->replica->status().voters);
}

void Cluster::answer(Node& node, std::uint64_t sequence, const tree::Outcome& outcome) {
    Daemon& daemon = *node.daemon;
    const auto call = daemon.calls.find(sequence);
    if (call == daemon.calls.end()) return;
    log_check_.acknowledged({node.id, daemon.boot, sequence});
    workload_.answered(node.id, call->second, outcome, daemon.state.tree);
    daemon.calls.erase(call);
}

// What is listed and was applied: these entries, or what the results tell of.
void Cluster::forget_rejected(Node& node, const std::vector<wire::EntryPtr>& applied) {
    std::set<RequestId> listed;
    for (const auto& [request, change] : node.disk.platter().rejected)
        listed.insert(request);
    for (const Batch& waiting : node.disk.waiting()) {
        for (const wire::EntryPtr& entry : waiting.rejected)
            listed.insert(entry->request);
    }
    if (listed.empty()) return;
    Batch batch;
    for (const wire::EntryPtr& entry : applied) {
        if (listed.erase(entry->request) != 0) batch.no_longer_rejected.push_back(entry->request);
    }
    for (const RequestId& request : listed) {
        if (node.daemon->state.results.was_applied(request))
            batch.no_longer_rejected.push_back(request);
    }
    if (!batch.empty()) node.disk.write(std::move(batch));
}

}  // namespace pmx::sim
