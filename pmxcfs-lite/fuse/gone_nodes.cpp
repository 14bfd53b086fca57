#include "fuse/gone_nodes.h"

#include <iterator>
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
    content = node.content;
    mtime = node.mtime;
    version = node.version;
    writer = node.writer;
}

void GoneNodes::add(NodeIdValue id, const KnownNode& known) {
    if (nodes_.contains(id)) return;
    GoneNode gone;
    gone.node.kind = known.kind;
    gone.node.mtime = known.mtime;
    gone.node.version = known.version;
    gone.node.writer = known.writer;
    gone.is_private = known.is_private;
    gone.content = known.content;
    gone.size = size_of(gone.content);
    gone.mtime = known.mtime;
    content_bytes_ += gone.size;
    by_age_.push_back(id);
    nodes_.emplace(id, Kept{std::move(gone), std::prev(by_age_.end())});
    make_room();
}

void GoneNodes::edited(NodeIdValue id, tree::Content content, WallTime mtime) {
    const auto found = nodes_.find(id);
    if (found == nodes_.end()) return;
    GoneNode& gone = found->second.node;
    content_bytes_ += size_of(content) - size_of(gone.content);
    gone.content = std::move(content);
    gone.size = size_of(gone.content);
    gone.mtime = mtime;
    make_room();
}

void GoneNodes::set_time(NodeIdValue id, WallTime mtime) {
    const auto found = nodes_.find(id);
    if (found != nodes_.end()) found->second.node.mtime = mtime;
}

void GoneNodes::remove(NodeIdValue id) {
    const auto found = nodes_.find(id);
    if (found == nodes_.end()) return;
    content_bytes_ -= size_of(found->second.node.content);
    by_age_.erase(found->second.age);
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

void GoneNodes::make_room() {
    for (auto oldest = by_age_.begin(); content_bytes_ > max_content_bytes; ++oldest) {
        tree::Content& content = nodes_.at(*oldest).node.content;
        content_bytes_ -= size_of(content);
        content = nullptr;
    }
}

}  // namespace pmx::fuse
