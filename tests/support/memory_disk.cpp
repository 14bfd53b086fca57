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
    if (batch.promise) platter_.promise = *batch.promise;
    if (batch.cut_after) {
        platter_.entries.erase(platter_.entries.upper_bound(*batch.cut_after),
                               platter_.entries.end());
    }
    for (const wire::EntryPtr& entry : batch.append) {
        if (!platter_.entries.empty() && entry->index != next(platter_.entries.rbegin()->first)) {
            return fail(Code::corrupt, "an append that does not follow the log");
        }
        platter_.entries[entry->index] = entry;
    }
    if (!batch.append.empty()) platter_.appends.push_back(batch.append.size());
    if (batch.checkpoint) store_checkpoint(*batch.checkpoint);
    return {};
}

void MemoryDisk::store_checkpoint(const ports::Checkpoint& checkpoint) {
    platter_.base = checkpoint.base;
    for (const tree::Node& node : checkpoint.changed)
        platter_.nodes[node.inode] = node;
    for (Inode inode : checkpoint.removed)
        platter_.nodes.erase(inode);
    platter_.cluster_log = checkpoint.cluster_log;
    platter_.history.insert(platter_.history.end(), checkpoint.history.begin(),
                            checkpoint.history.end());
}

Result<std::vector<ports::HistoryRecord>> MemoryDisk::history(const ports::HistoryQuery& query) {
    const std::lock_guard lock(platter_.mutex);
    std::vector<ports::HistoryRecord> records;
    for (auto change = platter_.history.rbegin();
         change != platter_.history.rend() && records.size() < query.limit; ++change) {
        ports::HistoryRecord record;
        record.index = change->index;
        record.ordinal = change->ordinal;
        record.change = change->change;
        records.push_back(std::move(record));
    }
    return records;
}

Result<LogIndex> MemoryDisk::beyond(std::uint64_t /*max_bytes*/, WallTime /*oldest*/) {
    return LogIndex(0);
}

}  // namespace pmx::support
