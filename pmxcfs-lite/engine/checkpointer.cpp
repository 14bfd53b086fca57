#include "engine/checkpointer.h"

#include <iterator>
#include <utility>

#include "base/check.h"

namespace pmx::engine {
namespace {

// Replaying this much takes a few milliseconds at start.
constexpr std::uint64_t max_entries_waiting = 256;
constexpr std::uint64_t max_bytes_waiting = 4ULL << 20;

}  // namespace

void Checkpointer::add_touched(std::set<Inode>& inodes, const tree::Change& change) {
    inodes.insert(change.inode);
    inodes.insert(change.parent);
    if (change.old_parent.value != 0) inodes.insert(change.old_parent);
    if (change.replaced.value != 0) inodes.insert(change.replaced);
}

void Checkpointer::note(const ports::Committed& committed) {
    ++entries_waiting_;
    bytes_waiting_ += committed.entry->op.size();
    std::uint32_t ordinal = 0;
    if (!committed.changes.empty()) {
        waiting_.entries.emplace(committed.entry->index, committed.entry);
    }
    for (const tree::Change& change : committed.changes) {
        add_touched(waiting_.inodes, change);
        waiting_.history.push_back({committed.entry->index, ordinal++, change});
    }
}

bool Checkpointer::due() const {
    return entries_waiting_ >= max_entries_waiting || bytes_waiting_ >= max_bytes_waiting;
}

ports::Checkpoint Checkpointer::begin(const tree::Tree& tree, replica::Base base) {
    PMX_CHECK(!in_progress_, "two checkpoints at once");
    in_progress_ = true;
    being_written_ = std::exchange(waiting_, {});
    entries_waiting_ = 0;
    bytes_waiting_ = 0;

    ports::Checkpoint checkpoint;
    checkpoint.base = std::move(base);
    checkpoint.cluster_log = tree.cluster_log().encode();
    checkpoint.history = being_written_.history;
    for (Inode inode : being_written_.inodes) {
        if (const tree::Node* node = tree.find(inode)) {
            checkpoint.changed.push_back(tree::without_children(*node));
        } else {
            checkpoint.removed.push_back(inode);
        }
    }
    return checkpoint;
}

void Checkpointer::finished(bool stored) {
    PMX_CHECK(in_progress_, "no checkpoint to finish");
    in_progress_ = false;
    Waiting written = std::exchange(being_written_, {});
    if (stored) return;
    waiting_.inodes.merge(written.inodes);
    waiting_.entries.merge(written.entries);
    waiting_.history.insert(waiting_.history.begin(),
                            std::make_move_iterator(written.history.begin()),
                            std::make_move_iterator(written.history.end()));
    ++entries_waiting_;  // something is waiting, and the next change tries again
}

std::vector<ports::HistoryRecord> Checkpointer::unwritten_history() const {
    std::vector<ports::HistoryRecord> records;
    for (const Waiting* waiting : {&being_written_, &waiting_}) {
        for (const auto& [index, ordinal, change] : waiting->history) {
            const wire::Entry& entry = *waiting->entries.at(index);
            records.push_back(
                {index, ordinal, entry.view, entry.request, entry.time, entry.actor, change});
        }
    }
    return records;
}

}  // namespace pmx::engine
