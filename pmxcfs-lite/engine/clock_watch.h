// Whether the clocks of other nodes agree with this one's, as the times of their entries show.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"

namespace pmx::engine {

class ClockWatch {
  public:
    static constexpr std::chrono::minutes tolerance{1};

    // An entry that `node` has just asked for. A sentence for the journal, once an hour for each
    // node that disagrees.
    std::optional<std::string> observe(NodeId node, WallTime theirs, WallTime ours,
                                       MonotonicTime now);
    // The same, for those whose newest entry disagreed.
    [[nodiscard]] std::vector<std::string> warnings() const;

  private:
    struct Offset {
        std::string warning;
        MonotonicTime said;
    };
    std::map<NodeId, Offset> offsets_;
};

}  // namespace pmx::engine
