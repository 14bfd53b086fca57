// What this node's callers asked for and have no answer to yet.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/ids.h"
#include "wire/draft.h"
#include "wire/entry.h"

namespace pmx::replica {

class OwnRequests {
  public:
    static constexpr std::size_t max_bytes = 16U << 20;

    // Full: the next one would have to wait.
    [[nodiscard]] bool full() const;
    [[nodiscard]] bool fits(std::size_t op_bytes) const;
    [[nodiscard]] bool empty() const { return requests_.empty(); }
    [[nodiscard]] bool has(std::uint64_t sequence) const { return requests_.contains(sequence); }
    [[nodiscard]] std::size_t count() const { return requests_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] std::vector<std::uint64_t> sequences() const;  // oldest first

    void add(std::uint64_t sequence, wire::Draft draft);
    // The draft for an entry of this request. An operation can be megabytes: it is moved out, and
    // give_back() with the entry lends it to us again for the case that the entry is lost.
    [[nodiscard]] wire::Draft take(std::uint64_t sequence);
    void give_back(std::uint64_t sequence, wire::EntryPtr entry);
    // Others were told of it: it may come to be even where we lose it.
    void shown(std::uint64_t sequence) { requests_.at(sequence).shown = true; }
    [[nodiscard]] bool was_shown(std::uint64_t sequence) const {
        return requests_.at(sequence).shown;
    }
    [[nodiscard]] wire::Draft copy(std::uint64_t sequence) const;
    void answered(std::uint64_t sequence);

  private:
    struct Request {
        wire::Draft draft;
        wire::EntryPtr entry;  // when set, holds what was the draft's
        std::size_t bytes = 0;
        bool shown = false;
    };
    std::map<std::uint64_t, Request> requests_;
    std::size_t bytes_ = 0;
};

}  // namespace pmx::replica
