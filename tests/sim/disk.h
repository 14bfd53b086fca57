// A disk that has what was flushed, and loses the rest in a crash; it can be full.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "base/check.h"
#include "base/ids.h"
#include "replica/replica.h"
#include "wire/entry.h"

namespace pmx::sim {

class Disk {
  public:
    struct Batch {
        std::optional<View> promise;
        std::optional<LogIndex> cut_after;
        std::vector<wire::EntryPtr> append;
    };

    [[nodiscard]] const std::vector<wire::EntryPtr>& entries() const { return entries_; }
    [[nodiscard]] View promise() const { return promise_; }
    [[nodiscard]] bool has_waiting() const { return !waiting_.empty(); }
    [[nodiscard]] bool has(LogIndex index, const wire::Chain& chain) const {
        return index.value <= entries_.size() && entries_[index.value - 1]->chain == chain;
    }

    void write(Batch batch) { waiting_.push_back(std::move(batch)); }

    // The oldest batch becomes durable.
    Batch flush_one() {
        Batch batch = std::move(waiting_.front());
        waiting_.pop_front();
        if (batch.promise) promise_ = *batch.promise;
        if (batch.cut_after && batch.cut_after->value < entries_.size()) {
            entries_.resize(batch.cut_after->value);
        }
        for (const wire::EntryPtr& entry : batch.append) {
            PMX_CHECK(entry->index.value == entries_.size() + 1, "an append beside the log's end");
            entries_.push_back(entry);
        }
        return batch;
    }

    // Full: the oldest batch fails, and with it everything that waits behind it. The first entry
    // that was not stored, if there was one among them.
    std::optional<LogIndex> fail_all() {
        std::optional<LogIndex> from;
        for (const Batch& batch : waiting_) {
            if (!from && !batch.append.empty()) from = batch.append.front()->index;
        }
        waiting_.clear();
        return from;
    }

    void crash() { waiting_.clear(); }

    // As if it had fetched and stored the leader's log.
    void replace_log(const std::vector<wire::EntryPtr>& entries) { entries_ = entries; }

  private:
    View promise_;
    std::vector<wire::EntryPtr> entries_;  // from index 1 on
    std::deque<Batch> waiting_;
};

}  // namespace pmx::sim
