#include "engine/rejected_changes.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "engine/content_replay.h"

namespace pmx::engine {
namespace {

using Contents = std::map<std::string, tree::Content>;  // null: no file of that path

// Where an operation may put something: the paths that it names.
void add_paths(const tree::Tree& tree, const tree::Ref& at, std::set<std::string>& paths) {
    const tree::Node* base = tree.find(at.base);
    if (base == nullptr) return;
    std::string path = tree.path_of(at.base);
    if (!path.empty() && !at.path.empty()) path += '/';
    paths.insert(path + at.path);
}

void add_paths(const tree::Tree& tree, const tree::Op& op, std::set<std::string>& paths) {
    struct Visitor {
        const tree::Tree& tree;
        std::set<std::string>& paths;
        void operator()(const tree::CreateFile& op) const { add_paths(tree, op.at, paths); }
        void operator()(const tree::WriteFile& op) const { add_paths(tree, op.at, paths); }
        void operator()(const tree::RemoveFile& op) const { add_paths(tree, op.at, paths); }
        void operator()(const tree::Rename& op) const {
            add_paths(tree, op.from, paths);
            add_paths(tree, op.to, paths);
        }
        void operator()(const tree::Transaction& op) const {
            for (const tree::Op& step : op.steps)
                add_paths(tree, step, paths);
        }
        void operator()(const tree::MakeDirectory& /*op*/) const {}
        void operator()(const tree::RemoveDirectory& /*op*/) const {}
        void operator()(const tree::SetTimes& /*op*/) const {}
        void operator()(const tree::ExpireLock& /*op*/) const {}
        void operator()(const tree::AppendClusterLog& /*op*/) const {}
        void operator()(const tree::SetPermissions& op) const { add_paths(tree, op.at, paths); }
    };
    std::visit(Visitor{tree, paths}, op);
}

tree::Content content_at(const tree::Tree& tree, const std::string& path) {
    const auto node = tree.resolve({tree::root_inode, path});
    return node ? (*node)->content : nullptr;
}

Contents contents_before(const tree::Tree& tree, const wire::Entry& entry) {
    Contents contents;
    const Result<tree::Op> op = tree::decode_op(entry.op);
    if (!op) return contents;
    std::set<std::string> paths;
    add_paths(tree, *op, paths);
    for (const std::string& path : paths)
        contents.emplace(path, content_at(tree, path));
    return contents;
}

std::optional<std::string> copy_of(const tree::Content& content) {
    if (content == nullptr) return std::nullopt;
    return *content;
}

// But for the contents.
ports::RejectedChange rejected_of(const ports::HistoryRecord& record) {
    ports::RejectedChange rejected;
    rejected.request = record.request;
    rejected.index = record.index;
    rejected.ordinal = record.ordinal;
    rejected.view = record.view;
    rejected.time = record.time;
    rejected.actor = record.actor;
    rejected.kind = record.change.kind;
    rejected.node = record.change.node;
    rejected.path = record.change.path;
    rejected.old_path = record.change.old_path;
    rejected.withheld = record.change.withheld;
    rejected.closed = record.change.closed;
    return rejected;
}

void add_changes(const replica::StateMachine& state, const wire::Entry& entry,
                 const tree::Outcome& outcome, const Contents& before,
                 std::vector<ports::RejectedChange>& rejected) {
    std::uint32_t ordinal = 0;
    for (const tree::Change& change : outcome.changes) {
        const ports::HistoryRecord record{entry.index, ordinal++,   entry.view, entry.request,
                                          entry.time,  entry.actor, change};
        ports::RejectedChange& added = rejected.emplace_back(rejected_of(record));
        const auto was = before.find(change.path);
        if (was != before.end()) added.before = copy_of(was->second);
        if (change.node == tree::NodeKind::file) {
            added.after = copy_of(content_at(state.tree, change.path));
        }
    }
}

// Those that gave way to others included.
std::set<Inode> inodes_changed(const std::vector<ports::HistoryRecord>& history, LogIndex from) {
    std::set<Inode> inodes;
    for (const ports::HistoryRecord& record : history) {
        if (record.index < from) continue;
        inodes.insert(record.change.inode);
        inodes.insert(record.change.replaced);
    }
    return inodes;
}

}  // namespace

std::vector<ports::RejectedChange> rejected_changes(replica::StateMachine state,
                                                    const std::vector<wire::EntryPtr>& entries,
                                                    LogIndex kept) {
    std::vector<ports::RejectedChange> rejected;
    for (const wire::EntryPtr& entry : entries) {
        if (entry->index <= state.applied) continue;  // committed since they were listed
        const bool lost = entry->index > kept && entry->kind == wire::EntryKind::change;
        const Contents before = lost ? contents_before(state.tree, *entry) : Contents();
        const tree::Outcome outcome = state.apply(*entry);
        if (lost) add_changes(state, *entry, outcome, before, rejected);
    }
    return rejected;
}

std::vector<ports::RejectedChange> rejected_history(
    const std::vector<ports::HistoryRecord>& history, LogIndex from, const OpAt& op_at,
    const tree::Tree& tree) {
    const std::set<Inode> lost = inodes_changed(history, from);
    std::vector<ports::RejectedChange> rejected;
    std::map<Inode, std::size_t> newest;  // the last change of each file, by its place in the list
    ContentReplay replay;
    for (auto record = history.rbegin(); record != history.rend(); ++record) {
        const tree::Change& change = record->change;
        if (!lost.contains(change.inode)) continue;
        const ContentReplay::Held held = replay.apply(change, op_at(record->index));
        // The leader's own is an expired lock.
        if (record->index < from || record->request == RequestId()) continue;
        ports::RejectedChange& added = rejected.emplace_back(rejected_of(*record));
        added.committed = true;
        added.before = copy_of(held.before);
        added.after = copy_of(held.after);
        newest[change.inode] = rejected.size() - 1;
    }
    for (const auto& [inode, place] : newest) {
        const tree::Node* node = tree.find(inode);
        if (node != nullptr && !rejected[place].after) {
            rejected[place].after = copy_of(node->content);
        }
    }
    return rejected;
}

std::vector<ports::RejectedChange> rejected_results(
    const std::vector<replica::RequestResults::Lost>& lost, const tree::Tree& tree) {
    std::vector<ports::RejectedChange> rejected;
    for (const replica::RequestResults::Lost& one : lost) {
        ports::RejectedChange& added = rejected.emplace_back();
        added.request = one.request;
        added.index = one.index;
        added.committed = true;
        const tree::Node* node = tree.find(one.inode);
        if (node == nullptr) continue;
        added.node = node->kind;
        added.path = tree.path_of(one.inode);
        if (node->version != one.index) continue;
        added.time = node->mtime;
        added.after = copy_of(node->content);
    }
    return rejected;
}

void remove_what_is_done(std::vector<ports::RejectedChange>& rejected,
                         const replica::RequestResults& results) {
    std::erase_if(rejected, [&](const ports::RejectedChange& change) {
        return results.was_applied(change.request);
    });
}

}  // namespace pmx::engine
