#include "fuse/open_files.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "tree/edits.h"

namespace pmx::fuse {

std::shared_ptr<OpenFile> OpenFiles::find(NodeIdValue node_id) const {
    const auto found = by_node_id_.find(node_id);
    return found == by_node_id_.end() ? nullptr : found->second;
}

std::shared_ptr<OpenFile> OpenFiles::find_committed(Inode inode) const {
    const auto found = by_inode_.find(inode);
    return found == by_inode_.end() ? nullptr : found->second;
}

std::shared_ptr<OpenFile> OpenFiles::find_pending(Inode parent, std::string_view name) const {
    if (pending_.empty()) return nullptr;
    const auto found = pending_.find({parent, std::string(name)});
    return found == pending_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<OpenFile>> OpenFiles::pending_below(Inode parent) const {
    std::vector<std::shared_ptr<OpenFile>> files;
    for (auto at = pending_.lower_bound({parent, {}});
         at != pending_.end() && at->first.first == parent; ++at) {
        files.push_back(at->second);
    }
    return files;
}

std::optional<Inode> OpenFiles::inode_of(NodeIdValue node_id) const {
    if (!is_provisional(node_id)) return Inode(node_id);
    const auto found = inode_of_provisional_.find(node_id);
    if (found == inode_of_provisional_.end()) return std::nullopt;
    return found->second;
}

NodeIdValue OpenFiles::node_id_of(Inode inode) const {
    const auto found = provisional_of_inode_.find(inode.value);
    return found == provisional_of_inode_.end() ? inode.value : found->second;
}

void OpenFiles::left_the_tree(Inode inode) {
    const auto found = provisional_of_inode_.find(inode.value);
    if (found == provisional_of_inode_.end()) return;
    inode_of_provisional_.erase(found->second);
    provisional_of_inode_.erase(found);
}

std::shared_ptr<OpenFile> OpenFiles::add_pending(Inode parent, std::string name, WallTime now) {
    auto file = std::make_shared<OpenFile>();
    file->node_id = next_provisional_++;
    file->state = OpenFile::State::pending;
    file->parent = parent;
    file->name = std::move(name);
    file->latest = std::make_shared<const std::string>();
    file->mtime = now;
    by_node_id_[file->node_id] = file;
    pending_[{parent, file->name}] = file;
    return file;
}

std::shared_ptr<OpenFile> OpenFiles::open_committed(const tree::Node& node) {
    if (auto file = find_committed(node.inode)) return file;
    auto file = std::make_shared<OpenFile>();
    file->node_id = node_id_of(node.inode);
    file->inode = node.inode;
    file->latest = node.content;
    file->withheld = node.withheld;
    by_node_id_[file->node_id] = file;
    by_inode_[node.inode] = file;
    return file;
}

std::shared_ptr<OpenFile> OpenFiles::open_gone(NodeIdValue node_id, const GoneNode& gone) {
    if (!gone.content) return nullptr;
    auto file = std::make_shared<OpenFile>();
    file->node_id = node_id;
    file->state = OpenFile::State::removed;
    file->inode = Inode(node_id);
    file->latest = gone.content;
    file->mtime = gone.mtime;
    file->is_private = gone.is_private;
    file->withheld = gone.node.withheld;
    by_node_id_[node_id] = file;
    return file;
}

void OpenFiles::became_committed(const std::shared_ptr<OpenFile>& file, Inode inode) {
    PMX_CHECK(file->state == OpenFile::State::pending, "a file comes to be once");
    pending_.erase({file->parent, file->name});
    file->state = OpenFile::State::committed;
    file->inode = inode;
    by_inode_[inode] = file;
    inode_of_provisional_[file->node_id] = inode;
    provisional_of_inode_[inode.value] = file->node_id;
}

void OpenFiles::became_removed(OpenFile& file) {
    if (file.state == OpenFile::State::pending) pending_.erase({file.parent, file.name});
    if (file.state == OpenFile::State::committed) by_inode_.erase(file.inode);
    file.state = OpenFile::State::removed;
    for (const auto& handle : file.handles)
        set_growth(*handle, 0);
}

void OpenFiles::looked_up(NodeIdValue node_id) {
    ++known_[node_id].lookups;
}

void OpenFiles::forgotten(NodeIdValue node_id, std::uint64_t lookups) {
    const auto known = known_.find(node_id);
    if (known == known_.end()) return;
    known->second.lookups -= std::min(known->second.lookups, lookups);
    if (known->second.lookups > 0) return;
    known_.erase(known);
    gone_.remove(node_id);
    if (const auto file = find(node_id)) drop_if_unused(file);
}

void OpenFiles::keeps_pages(NodeIdValue node_id) {
    const auto known = known_.find(node_id);
    if (known != known_.end()) known->second.has_pages = true;
}

bool OpenFiles::take_keeps_pages(NodeIdValue node_id) {
    const auto known = known_.find(node_id);
    return known != known_.end() && std::exchange(known->second.has_pages, false);
}

void OpenFiles::made(NodeIdValue node_id, pid_t thread, mode_t mode) {
    const auto known = known_.find(node_id);
    if (known == known_.end()) return;
    known->second.made_with = mode;
    known->second.maker = thread;
}

bool OpenFiles::is_just_made_by(NodeIdValue node_id, pid_t thread) const {
    const auto known = known_.find(node_id);
    return known != known_.end() && known->second.made_with && known->second.maker == thread;
}

std::optional<mode_t> OpenFiles::take_made_with(NodeIdValue node_id, pid_t thread) {
    const auto known = known_.find(node_id);
    if (known == known_.end()) return std::nullopt;
    const auto mode = std::exchange(known->second.made_with, {});
    return known->second.maker == thread ? mode : std::nullopt;
}

void OpenFiles::seen(NodeIdValue node_id, const tree::Node& node, bool is_private) {
    const auto known = known_.find(node_id);
    if (known == known_.end()) return;
    known->second.see(node, is_private);
    gone_.remove(node_id);  // a number that was given again
}

const GoneNode* OpenFiles::find_gone(NodeIdValue node_id) {
    const auto known = known_.find(node_id);
    if (known == known_.end() || !known->second.was_seen) return nullptr;
    gone_.add(node_id, known->second);
    known->second.content = nullptr;  // from here on it counts there
    return gone_.find(node_id);
}

void OpenFiles::goes_from(NodeIdValue node_id, bool is_private) {
    const auto known = known_.find(node_id);
    if (known != known_.end()) known->second.is_private = is_private;
}

void OpenFiles::opened_by(pid_t thread, Handle& handle) {
    handle.opener = thread;
    opened_last_[thread] = &handle;
}

Handle* OpenFiles::take_opened_by(pid_t thread, NodeIdValue node_id) {
    const auto found = opened_last_.find(thread);
    if (found == opened_last_.end()) return nullptr;
    Handle* handle = found->second;
    opened_last_.erase(found);
    return handle->file->node_id == node_id ? handle : nullptr;
}

void OpenFiles::released(const Handle& handle) {
    const auto found = opened_last_.find(handle.opener);
    if (found != opened_last_.end() && found->second == &handle) opened_last_.erase(found);
}

void OpenFiles::drop_if_unused(const std::shared_ptr<OpenFile>& file) {
    if (!file->handles.empty() || !file->commits.empty()) return;
    if (file->state == OpenFile::State::pending) return;
    // What was never in the tree is nowhere else.
    if (file->state == OpenFile::State::removed && is_known(file->node_id) &&
        gone_.find(file->node_id) == nullptr) {
        return;
    }
    if (file->state == OpenFile::State::committed) by_inode_.erase(file->inode);
    if (file->state == OpenFile::State::removed) {
        gone_.edited(file->node_id, file->latest, file->mtime);
    }
    // A snapshot may have given its number to another file.
    const auto found = by_node_id_.find(file->node_id);
    if (found != by_node_id_.end() && found->second == file) by_node_id_.erase(found);
}

void OpenFiles::set_growth(Handle& handle, std::uint64_t growth) {
    unsaved_growth_ += growth - handle.growth;
    handle.growth = growth;
}

void OpenFiles::clear() {
    for (const auto& [id, file] : by_node_id_) {
        file->handles.clear();  // they point back at it
        file->commits.clear();
    }
    by_node_id_.clear();
    by_inode_.clear();
    pending_.clear();
    known_.clear();
    gone_.clear();
    opened_last_.clear();
    inode_of_provisional_.clear();
    provisional_of_inode_.clear();
}

tree::Content with_own_edits(const Handle& handle, const tree::Content& base) {
    tree::Content content = base;
    // Nothing that could fail got this far: each write was checked against the limits. Should the
    // file have grown under it since, the read shows what can be shown.
    const auto apply = [&content](const std::vector<tree::Edit>& edits) {
        if (auto edited = tree::apply_edits(content, edits)) content = std::move(*edited);
    };
    for (const auto& commit : handle.file->commits) {
        if (commit->handle.get() == &handle) apply(commit->edits);
    }
    if (!handle.edits.empty()) apply(handle.edits.list());
    return content;
}

std::uint64_t size_with_own_edits(const Handle& handle) {
    bool in_flight = false;
    for (const auto& commit : handle.file->commits)
        in_flight = in_flight || commit->handle.get() == &handle;
    const tree::Content& latest = handle.file->latest;
    if (!in_flight) return handle.edits.size_after(latest->size());
    return with_own_edits(handle, latest)->size();
}

bool is_dirty(const Handle& handle) {
    if (!handle.edits.empty()) return true;
    const auto& commits = handle.file->commits;
    return std::any_of(commits.begin(), commits.end(),
                       [&](const auto& commit) { return commit->handle.get() == &handle; });
}

}  // namespace pmx::fuse
