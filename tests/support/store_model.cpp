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
    rejected_ = state.rejected;
    for (const tree::Node& node : state.log.aside)
        aside_.emplace(node.inode, node);
}

void StoreModel::put(const std::vector<tree::Node>& changed, const std::vector<Inode>& removed) {
    for (const Inode inode : removed)
        nodes_.erase(inode);
    for (const tree::Node& node : changed)
        nodes_.insert_or_assign(node.inode, node);
}

void StoreModel::apply(const ports::WriteBatch& batch) {
    if (batch.identity) identity_ = *batch.identity;
    if (batch.promise) promise_ = *batch.promise;
    for (const ports::RejectedChange& change : batch.reject)
        rejected_.insert(change.request);
    for (const RequestId& request : batch.no_longer_rejected)
        rejected_.erase(request);
    if (batch.install) {
        entries_.clear();
        history_.clear();
        aside_.clear();
        base_ = batch.install->base;
        put(batch.install->changed, batch.install->removed);
        cluster_log_ = batch.install->cluster_log.encode();
    }
    for (const tree::Node& node : batch.keep_aside)
        aside_.insert_or_assign(node.inode, node);
    if (batch.cut_after) entries_.erase(entries_.upper_bound(*batch.cut_after), entries_.end());
    for (const wire::EntryPtr& entry : batch.append)
        entries_.emplace(entry->index, entry);
    if (batch.checkpoint) {
        base_ = batch.checkpoint->base;
        put(batch.checkpoint->changed, batch.checkpoint->removed);
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

std::string StoreModel::fingerprint_of_the_rest() const {
    ByteWriter writer;
    for (const RequestId& request : rejected_)
        writer.id(request);
    for (const auto& [inode, node] : aside_)
        writer.string(tree::encode(node));
    return writer.take();
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
        writer.u16(to_bits(node.withheld));
    }
    writer.string(cluster_log_);
    return writer.take();
}

}  // namespace pmx::sqlite
