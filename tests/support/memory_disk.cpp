#include "tests/support/memory_disk.h"

namespace pmx::support {

ports::StoredState MemoryPlatter::load() {
    const std::lock_guard lock(mutex);
    ports::StoredState state;
    state.identity = identity;
    state.log.promise = promise;
    state.log.base = base;
    for (const auto& [index, entry] : entries) {
        if (index > base.index) state.log.entries.push_back(entry);
    }
    for (const auto& [inode, node] : nodes)
        state.nodes.push_back(node);
    for (const auto& [inode, node] : aside)
        state.log.aside.push_back(node);
    for (const ports::RejectedChange& change : rejected)
        state.rejected.insert(change.request);
    if (nodes.empty()) state.nodes.push_back(tree::Tree().root());
    if (!cluster_log.empty()) state.cluster_log = tree::ClusterLog::decode(cluster_log).value();
    return state;
}

void MemoryPlatter::set_full(bool value) {
    const std::lock_guard lock(mutex);
    full = value;
}

void MemoryPlatter::set_held(bool value) {
    const std::lock_guard lock(mutex);
    held = value;
    changed.notify_all();
}

Result<void> MemoryDisk::write(const ports::WriteBatch& batch) {
    std::unique_lock lock(platter_.mutex);
    platter_.changed.wait(lock, [this] { return !platter_.held; });
    if (platter_.full) return fail(Code::no_space, "the test's disk is full");
    if (batch.identity) platter_.identity = *batch.identity;
    if (batch.promise) platter_.promise = *batch.promise;
    store_rejected(batch);
    if (batch.install) store_snapshot(*batch.install);
    for (const tree::Node& node : batch.keep_aside)
        platter_.aside.insert_or_assign(node.inode, node);
    if (auto stored = store_log(batch); !stored) return stored;
    if (batch.checkpoint) store_checkpoint(*batch.checkpoint);
    if (batch.forget_up_to) forget_up_to(*batch.forget_up_to);
    return {};
}

void MemoryDisk::store_rejected(const ports::WriteBatch& batch) {
    platter_.rejected.insert(platter_.rejected.end(), batch.reject.begin(), batch.reject.end());
    for (const RequestId& request : batch.no_longer_rejected) {
        std::erase_if(platter_.rejected,
                      [&](const auto& change) { return change.request == request; });
    }
}

void MemoryDisk::store_snapshot(const replica::Install& install) {
    platter_.entries.clear();
    platter_.history.clear();
    platter_.aside.clear();
    platter_.base = install.base;
    store_nodes(install.changed, install.removed);
    platter_.cluster_log = install.cluster_log.encode();
}

void MemoryDisk::store_nodes(const std::vector<tree::Node>& changed,
                             const std::vector<Inode>& removed) {
    for (const Inode inode : removed)
        platter_.nodes.erase(inode);
    for (const tree::Node& node : changed)
        platter_.nodes.insert_or_assign(node.inode, node);
}

Result<void> MemoryDisk::store_log(const ports::WriteBatch& batch) {
    auto& entries = platter_.entries;
    if (batch.cut_after) entries.erase(entries.upper_bound(*batch.cut_after), entries.end());
    for (const wire::EntryPtr& entry : batch.append) {
        const LogIndex last = entries.empty() ? platter_.base.index : entries.rbegin()->first;
        if (entry->index != next(last)) {
            return fail(Code::corrupt, "an append that does not follow the log");
        }
        entries.emplace(entry->index, entry);
    }
    if (!batch.append.empty()) platter_.appends.push_back(batch.append.size());
    return {};
}

void MemoryDisk::store_checkpoint(const ports::Checkpoint& checkpoint) {
    platter_.base = checkpoint.base;
    store_nodes(checkpoint.changed, checkpoint.removed);
    platter_.cluster_log = checkpoint.cluster_log;
    platter_.history.insert(platter_.history.end(), checkpoint.history.begin(),
                            checkpoint.history.end());
}

void MemoryDisk::forget_up_to(LogIndex index) {
    auto& entries = platter_.entries;
    entries.erase(entries.begin(), entries.upper_bound(index));
    std::erase_if(platter_.history, [&](const auto& change) { return change.index <= index; });
}

Result<std::vector<ports::HistoryRecord>> MemoryDisk::history(const ports::HistoryQuery& query) {
    const std::lock_guard lock(platter_.mutex);
    std::vector<ports::HistoryRecord> records;
    for (auto change = platter_.history.rbegin();
         change != platter_.history.rend() && records.size() < query.limit; ++change) {
        if (change->index >= query.before) continue;
        ports::HistoryRecord record;
        record.index = change->index;
        record.ordinal = change->ordinal;
        record.change = change->change;
        const auto entry = platter_.entries.find(change->index);
        if (entry != platter_.entries.end()) {
            record.view = entry->second->view;
            record.request = entry->second->request;
            record.time = entry->second->time;
            record.actor = entry->second->actor;
        }
        records.push_back(std::move(record));
    }
    return records;
}

Result<wire::Entry> MemoryDisk::entry(LogIndex index) {
    const std::lock_guard lock(platter_.mutex);
    const auto found = platter_.entries.find(index);
    if (found == platter_.entries.end()) return fail(Code::not_found);
    return *found->second;
}

Result<LogIndex> MemoryDisk::beyond(std::uint64_t /*max_bytes*/, WallTime /*oldest*/) {
    return LogIndex(0);
}

Result<std::vector<ports::RejectedChange>> MemoryDisk::rejected() {
    const std::lock_guard lock(platter_.mutex);
    return platter_.rejected;
}

}  // namespace pmx::support
