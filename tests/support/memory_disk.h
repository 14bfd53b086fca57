// A LogStore in memory for tests: it can be full, slow, or broken.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "ports/log_store.h"

namespace pmx::support {

// What survives the daemon: hand the same one to the next MemoryDisk to start again from it.
struct MemoryPlatter {
    std::mutex mutex;
    std::condition_variable changed;
    ports::Identity identity;
    View promise;
    replica::Base base;
    std::map<LogIndex, wire::EntryPtr> entries;
    std::map<Inode, tree::Node> nodes;
    std::string cluster_log;
    std::vector<ports::HistoryChange> history;
    std::vector<ports::RejectedChange> rejected;  // oldest first
    std::map<Inode, tree::Node> aside;
    std::vector<std::size_t> appends;  // entries of each transaction
    bool full = false;
    bool held = false;  // write() waits while it is

    ports::StoredState load();
    void set_full(bool value);
    void set_held(bool value);
};

class MemoryDisk final : public ports::LogStore {
  public:
    explicit MemoryDisk(MemoryPlatter& platter) : platter_(platter) {}
    Result<void> write(const ports::WriteBatch& batch) override;
    Result<std::vector<ports::HistoryRecord>> history(const ports::HistoryQuery& query) override;
    Result<wire::Entry> entry(LogIndex index) override;
    Result<LogIndex> beyond(std::uint64_t max_bytes, WallTime oldest) override;
    Result<std::vector<ports::RejectedChange>> rejected() override;

  private:
    void store_rejected(const ports::WriteBatch& batch);
    void store_snapshot(const replica::Install& install);
    void store_nodes(const std::vector<tree::Node>& changed, const std::vector<Inode>& removed);
    Result<void> store_log(const ports::WriteBatch& batch);
    void store_checkpoint(const ports::Checkpoint& checkpoint);
    void forget_up_to(LogIndex index);
    MemoryPlatter& platter_;
};

}  // namespace pmx::support
