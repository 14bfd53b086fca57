// For tests: plays the part of the daemon for a store. Makes entries, applies them as they are
// written, and knows what must be in the database.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ports/log_store.h"
#include "replica/state_machine.h"

namespace pmx::sqlite {

class LogWriter {
  public:
    explicit LogWriter(const ports::StoredState& state);

    // The next entry, applied to the tree here as it will be there.
    wire::EntryPtr change(const tree::Op& op);
    wire::EntryPtr save(const std::string& path, const std::string& content);
    // Puts its rules in force.
    wire::EntryPtr level(std::uint32_t value);

    // What was applied since the last one.
    ports::Checkpoint checkpoint();

    [[nodiscard]] const tree::Tree& tree() const { return machine_.tree; }
    [[nodiscard]] const replica::Base& base() const { return base_; }
    [[nodiscard]] LogIndex last() const { return base_.index; }

  private:
    wire::EntryPtr append(wire::EntryKind kind, std::string op);

    replica::StateMachine machine_;
    replica::Base base_;  // at the last entry
    std::uint64_t sequence_ = 0;
    NodeId node_;
    Boot boot_;  // of its own for each state it goes on from
    std::set<Inode> touched_;
    std::vector<ports::HistoryChange> history_;
};

// Path to content of every file.
std::map<std::string, std::string> files_of(const tree::Tree& tree);
// The stored tree with the stored entries applied.
tree::Tree tree_of(const ports::StoredState& state);

}  // namespace pmx::sqlite
