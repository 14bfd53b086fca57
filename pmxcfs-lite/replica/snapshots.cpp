#include "replica/snapshots.h"

#include "replica/streams.h"

namespace pmx::replica {

const Snapshots::Pinned* Snapshots::pin(NodeId member, const Base& base, const tree::Tree& tree,
                                        MonotonicTime now) {
    pinned_.erase(member);
    if (pinned_.size() >= max_pinned) return nullptr;
    Pinned& pinned = pinned_[member];
    pinned.index = base.index;
    pinned.outline = encode_outline(base, tree);
    pinned.used = now;
    for (const auto& [inode, node] : tree.nodes()) {
        pinned.nodes.emplace_hint(pinned.nodes.end(), inode, tree::without_children(node));
    }
    return &pinned;
}

const Snapshots::Pinned* Snapshots::find(NodeId member, LogIndex index, MonotonicTime now) {
    const auto pinned = pinned_.find(member);
    if (pinned == pinned_.end() || pinned->second.index != index) return nullptr;
    pinned->second.used = now;
    return &pinned->second;
}

void Snapshots::expire(MonotonicTime now) {
    std::erase_if(pinned_, [now](const auto& one) { return now > one.second.used + lifetime; });
}

}  // namespace pmx::replica
