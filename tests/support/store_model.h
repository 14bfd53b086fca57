// What a LogStore must hold after a batch, in memory and without a thought for speed.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "ports/log_store.h"

namespace pmx::sqlite {

class StoreModel {
  public:
    explicit StoreModel(const ports::StoredState& state);

    void apply(const ports::WriteBatch& batch);

    // The same for the same state, stored or modelled; different for any other.
    [[nodiscard]] std::string fingerprint() const;
    // Of what a database is whole without: changes that lost out, nodes kept aside.
    [[nodiscard]] std::string fingerprint_of_the_rest() const;
    [[nodiscard]] const std::vector<ports::HistoryChange>& history() const { return history_; }

  private:
    void put(const std::vector<tree::Node>& changed, const std::vector<Inode>& removed);

    ports::Identity identity_;
    View promise_;
    replica::Base base_;
    std::map<LogIndex, wire::EntryPtr> entries_;  // after the base, or before it and not forgotten
    std::map<Inode, tree::Node> nodes_;
    std::string cluster_log_;
    std::vector<ports::HistoryChange> history_;
    std::set<RequestId> rejected_;
    std::map<Inode, tree::Node> aside_;
};

}  // namespace pmx::sqlite
