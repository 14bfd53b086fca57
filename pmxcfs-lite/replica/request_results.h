// The requests applied, with their results: what makes a change proposed twice happen once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "replica/forgotten_results.h"

namespace pmx::replica {

// Bounded: an origin has at most max_in_flight requests open, so of each boot the last
// max_in_flight results are kept, and of each node the last few boots. Of those before them it is
// known only that they were applied.
class RequestResults {
  public:
    static constexpr std::size_t max_in_flight = 1024;
    static constexpr std::size_t max_boots_per_node = 4;

    struct Applied {
        LogIndex index;
        Code result = Code::ok;
        Inode inode;
        friend bool operator==(const Applied&, const Applied&) = default;
    };

    void record(const RequestId& request, const Applied& applied);
    // Of whoever may still wait for it; others' may be forgotten.
    [[nodiscard]] std::optional<Applied> find(const RequestId& request) const;
    [[nodiscard]] bool was_applied(const RequestId& request) const;

    struct Lost {
        RequestId request;
        LogIndex index;  // where it was applied; 0: forgotten
        Inode inode;     // what it made or changed; 0: nothing that is there, or forgotten
        friend bool operator==(const Lost&, const Lost&) = default;
    };
    // Beyond it of those forgotten no more are told.
    static constexpr std::size_t max_lost = 1U << 16;
    // What was applied here after entry `common`, with success, and is not known there: the results
    // of two logs that part after that entry.
    [[nodiscard]] std::vector<Lost> lost_in(const RequestResults& there, LogIndex common) const;

    [[nodiscard]] std::string encode() const;
    static Result<RequestResults> decode(std::string_view bytes);
    friend bool operator==(const RequestResults&, const RequestResults&) = default;

  private:
    struct BootResults {
        std::map<std::uint64_t, Applied> by_sequence;
        std::map<LogIndex, std::uint64_t> order;  // the same, oldest entry first; never empty
        friend bool operator==(const BootResults&, const BootResults&) = default;
    };
    static Result<BootResults> decode_boot(ByteReader& in);

    void add_forgotten_lost(const RequestResults& there, LogIndex common,
                            std::vector<Lost>& lost) const;

    using Boots = std::map<Boot, BootResults>;
    void forget_boot(NodeId node, Boots::iterator boot);

    std::map<NodeId, Boots> nodes_;
    ForgottenResults forgotten_;
};

}  // namespace pmx::replica
