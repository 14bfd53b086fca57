#include "tests/support/store_model.h"

#include "base/bytes.h"

namespace pmx::sqlite {

StoreModel::StoreModel(const ports::StoredState& state)
    : identity_(state.identity),
      promise_(state.log.promise),
      base_(state.log.base),
      cluster_log_(state.cluster_log.encode()) {
    for (const wire::EntryPtr& entry : state.log.entries)
        entries_.emplace(entry->index, entry);
    for (const tree::Node& node : state.nodes)
        nodes_.emplace(node.inode, node);
}

void StoreModel::apply(const ports::WriteBatch& batch) {
    if (batch.identity) identity_ = *batch.identity;
    if (batch.promise) promise_ = *batch.promise;
    if (batch.cut_after) entries_.erase(entries_.upper_bound(*batch.cut_after), entries_.end());
    for (const wire::EntryPtr& entry : batch.append)
        entries_.emplace(entry->index, entry);
    if (batch.checkpoint) {
        base_ = batch.checkpoint->base;
        for (const Inode inode : batch.checkpoint->removed)
            nodes_.erase(inode);
        for (const tree::Node& node : batch.checkpoint->changed)
            nodes_.insert_or_assign(node.inode, node);
        cluster_log_ = batch.checkpoint->cluster_log;
        history_.insert(history_.end(), batch.checkpoint->history.begin(),
                        batch.checkpoint->history.end());
    }
    if (batch.forget_up_to) {
        const LogIndex index = *batch.forget_up_to;
        entries_.erase(entries_.begin(), entries_.upper_bound(index));
        std::erase_if(history_, [&](const auto& change) { return change.index <= index; });
    }
}

std::string StoreModel::fingerprint() const {
    ByteWriter writer;
    writer.id(identity_.cluster);
    writer.id(identity_.disk);
    writer.id(identity_.node);
    writer.string(identity_.node_name);
    writer.u8(static_cast<std::uint8_t>(identity_.mode));
    writer.id(promise_);
    writer.string(replica::encode(base_));
    for (const auto& [index, entry] : entries_) {
        if (index <= base_.index) continue;
        writer.string(wire::encode(*entry));
        writer.raw(as_bytes(entry->chain));
    }
    for (const auto& [inode, node] : nodes_) {
        writer.id(inode);
        writer.id(node.parent);
        writer.string(node.name);
        writer.u8(static_cast<std::uint8_t>(node.kind));
        writer.string(node.content ? std::string_view(*node.content) : "");
        writer.i64(to_ns(node.mtime));
        writer.id(node.version);
        writer.id(node.writer);
    }
    writer.string(cluster_log_);
    return writer.take();
}

}  // namespace pmx::sqlite
