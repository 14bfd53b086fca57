// A disk that has what was flushed, in transactions, and loses the rest in a crash; it can be full,
// slow, gone, or put back to what it was.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "replica/replica.h"
#include "wire/entry.h"

namespace pmx::sim {

using Stored = std::shared_ptr<const replica::StateMachine>;

// What survives a crash.
struct Platter {
    struct Rejected {
        wire::EntryPtr entry;  // none where only the results told of it
        bool committed = false;
    };
    DiskId id;
    ClusterId cluster;
    View promise;
    replica::Base base;
    Stored stored = std::make_shared<replica::StateMachine>();  // at base.index
    LogIndex before;                      // entries follow it; at most base.index
    std::vector<wire::EntryPtr> entries;  // kept from before the base, for who is behind
    std::map<RequestId, Rejected> rejected;
    std::vector<tree::Node> aside;

    [[nodiscard]] LogIndex last() const { return LogIndex(before.value + entries.size()); }
    [[nodiscard]] bool has(LogIndex index, const wire::Chain& chain) const;
    [[nodiscard]] std::vector<wire::EntryPtr> after_base() const;
};

// One transaction, carried out in this order.
struct Batch {
    std::optional<ClusterId> adopt_cluster;
    std::optional<View> promise;
    std::optional<LogIndex> cut_after;
    std::vector<wire::EntryPtr> append;
    std::vector<wire::EntryPtr> rejected;
    std::vector<RequestId> no_longer_rejected;
    LogIndex applied;  // when the batch was made: entries up to it were committed
    std::optional<replica::Install> install;
    std::vector<tree::Node> keep_aside;
    std::optional<replica::Base> base;  // of a checkpoint or an installed snapshot
    Stored stored;                      // likewise: what stands at the base
    bool first_half = false;            // of an installation in two transactions: a planted mistake

    [[nodiscard]] bool empty() const;
};

class Disk {
  public:
    [[nodiscard]] const Platter& platter() const { return platter_; }
    [[nodiscard]] bool has_waiting() const { return !waiting_.empty(); }
    [[nodiscard]] const std::deque<Batch>& waiting() const { return waiting_; }

    void write(Batch batch) { waiting_.push_back(std::move(batch)); }

    struct Flushed {
        Batch batch;
        std::vector<wire::EntryPtr> dropped;  // entries that it took out of the log
    };
    // The oldest batch becomes durable.
    Flushed flush_one();
    // Full: what waits fails, all of it. It is returned.
    std::deque<Batch> fail_all() { return std::exchange(waiting_, {}); }
    void crash() { waiting_.clear(); }
    // Another platter in its place; nothing may be waiting.
    void replace(Platter platter);
    void rename(const DiskId& id) { platter_.id = id; }

  private:
    void cut_after(LogIndex index, std::vector<wire::EntryPtr>& dropped);
    void reject(const wire::EntryPtr& entry, bool committed);
    void install(const Batch& batch, std::vector<wire::EntryPtr>& dropped);

    Platter platter_;
    std::deque<Batch> waiting_;
};

}  // namespace pmx::sim
