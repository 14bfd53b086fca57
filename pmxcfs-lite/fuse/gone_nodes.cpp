#include "fuse/gone_nodes.h"

#include <utility>

namespace pmx::fuse {
namespace {

std::uint64_t size_of(const tree::Content& content) {
    return content ? content->size() : 0;
}

}  // namespace

void KnownNode::see(const tree::Node& node, bool in_private) {
    was_seen = true;
    is_private = in_private;
    kind = node.kind;
    withheld = node.withheld;
    content = node.content;
    mtime = node.mtime;
    version = node.version;
    writer = node.writer;
}

void GoneNodes::add(NodeIdValue id, const KnownNode& known) {
    if (nodes_.contains(id)) return;
    GoneNode gone;
    gone.node.kind = known.kind;
    gone.node.withheld = known.withheld;
    gone.node.mtime = known.mtime;
    gone.node.version = known.version;
    gone.node.writer = known.writer;
    gone.is_private = known.is_private;
    gone.mtime = known.mtime;
    Kept& kept = nodes_.emplace(id, Kept{std::move(gone), {}}).first->second;
    hold(id, kept, known.content);
    make_room();
}

void GoneNodes::edited(NodeIdValue id, tree::Content content, WallTime mtime) {
    const auto found = nodes_.find(id);
    if (found == nodes_.end()) return;
    found->second.node.mtime = mtime;
    let_go(found->second);
    hold(id, found->second, std::move(content));
    make_room();
}

void GoneNodes::set_time(NodeIdValue id, WallTime mtime) {
    const auto found = nodes_.find(id);
    if (found != nodes_.end()) found->second.node.mtime = mtime;
}

void GoneNodes::set_withheld(NodeIdValue id, const tree::Withheld& withheld) {
    const auto found = nodes_.find(id);
    if (found != nodes_.end()) found->second.node.node.withheld = withheld;
}

void GoneNodes::remove(NodeIdValue id) {
    const auto found = nodes_.find(id);
    if (found == nodes_.end()) return;
    let_go(found->second);
    nodes_.erase(found);
}

void GoneNodes::clear() {
    nodes_.clear();
    by_age_.clear();
    content_bytes_ = 0;
}

const GoneNode* GoneNodes::find(NodeIdValue id) const {
    const auto found = nodes_.find(id);
    return found == nodes_.end() ? nullptr : &found->second.node;
}

void GoneNodes::hold(NodeIdValue id, Kept& kept, tree::Content content) {
    kept.node.content = std::move(content);
    kept.node.size = size_of(kept.node.content);
    if (!kept.node.content) return;
    content_bytes_ += kept.node.size;
    kept.age = by_age_.insert(by_age_.end(), id);
}

void GoneNodes::let_go(Kept& kept) {
    if (!kept.age) return;
    content_bytes_ -= kept.node.size;
    by_age_.erase(*kept.age);
    kept.age.reset();
    kept.node.content = nullptr;
}

void GoneNodes::make_room() {
    while (content_bytes_ > max_content_bytes)
        let_go(nodes_.at(by_age_.front()));
}

}  // namespace pmx::fuse
