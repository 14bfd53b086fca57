// Which requests were applied whose results are kept no more: nobody waits for them, but a log that
// lost out may have them in entries of its own, and is not to list as rejected what was applied.
//
// An origin numbers its requests, and nearly all come to be applied: so runs of numbers say it, a
// few for each boot. A gap is what nobody may take for applied: a request that was refused, or was
// lost with the daemon that had it in flight.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"

namespace pmx::replica {

class ForgottenResults {
  public:
    // Of one origin. Beyond it the oldest are forgotten altogether; it is thousands of restarts, as
    // a boot has one run, and one more for each time that its callers were refused.
    static constexpr std::size_t max_runs_per_node = 4096;

    // `index` is where it was applied.
    void add(const RequestId& request, LogIndex index);
    [[nodiscard]] bool contains(const RequestId& request) const {
        return run_ends(request).has_value();
    }
    // The last number of the run that the request is in; nothing where it is in none.
    [[nodiscard]] std::optional<std::uint64_t> run_ends(const RequestId& request) const;
    struct Run {
        NodeId node;
        Boot boot;
        std::uint64_t first = 0;
        std::uint64_t last = 0;
    };
    // Of the boots that had one applied after this entry.
    [[nodiscard]] std::vector<Run> runs_after(LogIndex index) const;
    [[nodiscard]] bool empty() const { return nodes_.empty(); }

    void encode(ByteWriter& out) const;
    // What does not decode fails `in`.
    static ForgottenResults decode(ByteReader& in);
    friend bool operator==(const ForgottenResults&, const ForgottenResults&) = default;

  private:
    using Runs = std::map<std::uint64_t, std::uint64_t>;  // first and last number, apart
    struct OfBoot {
        LogIndex last;  // where the last of them was applied
        Runs runs;      // never empty
        friend bool operator==(const OfBoot&, const OfBoot&) = default;
    };
    struct OfNode {
        std::map<Boot, OfBoot> boots;
        std::size_t runs = 0;  // of all of them
        void forget_oldest_run();
        friend bool operator==(const OfNode&, const OfNode&) = default;
    };
    static OfBoot decode_boot(ByteReader& in);

    std::map<NodeId, OfNode> nodes_;
};

}  // namespace pmx::replica
