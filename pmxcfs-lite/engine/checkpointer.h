// Which nodes and history a checkpoint has to write, and when one is due.
//
// The log is the redo log: nodes may lag behind it, which merges many changes of one file into one
// row and keeps the bytes written by a save near the bytes saved.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "base/ids.h"
#include "ports/invalidator.h"
#include "ports/log_store.h"
#include "tree/tree.h"

namespace pmx::engine {

class Checkpointer {
  public:
    // An entry was applied.
    void note(const ports::Committed& committed);

    // So much is waiting that replaying it would make a start slow.
    [[nodiscard]] bool due() const;
    [[nodiscard]] bool anything_waiting() const { return entries_waiting_ > 0; }
    [[nodiscard]] bool in_progress() const { return in_progress_; }

    // What to write now; `base` stands at the last applied entry. Ends with finished().
    ports::Checkpoint begin(const tree::Tree& tree, replica::Base base);
    void finished(bool stored);

    // What no checkpoint has stored yet, oldest first.
    [[nodiscard]] std::vector<ports::HistoryRecord> unwritten_history() const;

  private:
    struct Waiting {
        std::set<Inode> inodes;
        std::vector<ports::HistoryChange> history;
        std::map<LogIndex, wire::EntryPtr> entries;  // of that history
    };
    static void add_touched(std::set<Inode>& inodes, const tree::Change& change);

    Waiting waiting_;
    Waiting being_written_;
    std::uint64_t entries_waiting_ = 0;
    std::uint64_t bytes_waiting_ = 0;
    bool in_progress_ = false;
};

}  // namespace pmx::engine
