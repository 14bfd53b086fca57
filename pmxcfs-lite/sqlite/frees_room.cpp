#include "sqlite/frees_room.h"

#include <algorithm>

#include "tree/only_removes.h"

namespace pmx::sqlite {

bool removes(const wire::Entry& entry) {
    if (entry.kind != wire::EntryKind::change) return false;
    const auto op = tree::decode_op(entry.op);
    return op && tree::only_removes(*op);
}

bool may_use_reserve(const ports::WriteBatch& batch, bool generous) {
    if (batch.install || !batch.keep_aside.empty() || !batch.reject.empty()) return false;
    return std::all_of(batch.append.begin(), batch.append.end(), [generous](const auto& entry) {
        switch (entry->kind) {
            case wire::EntryKind::change:
                return removes(*entry);
            case wire::EntryKind::barrier:
                return generous;
            default:
                return true;
        }
    });
}

std::uint64_t bytes_of(const ports::Checkpoint& checkpoint) {
    constexpr std::uint64_t row = 512;
    std::uint64_t bytes = replica::encode(checkpoint.base).size() + checkpoint.cluster_log.size();
    bytes += row * (checkpoint.changed.size() + checkpoint.removed.size());
    bytes += row * checkpoint.history.size();
    for (const tree::Node& node : checkpoint.changed)
        if (node.content) bytes += node.content->size();
    return bytes;
}

}  // namespace pmx::sqlite
