// Tells once in the cluster that a node is lost, and that it is back, and ends what a fencing agent
// began: member_watch.h with files.
#pragma once

#include <functional>

#include "base/clock.h"
#include "notifier/cluster/member_watch.h"
#include "notifier/cluster/shared_directory.h"

namespace pmx::notifier {

// For one thread.
class LostNodes {
  public:
    LostNodes(SharedDirectory& shared, const Clock& clock, std::string node, std::int64_t grace_s,
              std::function<bool(const Event&)> tell)
        : shared_(shared),
          clock_(clock),
          node_(std::move(node)),
          tell_(std::move(tell)),
          watch_(grace_s) {}

    // To be called every few seconds. `tell` accepts an event; false: later once more.
    void look(const Members& members);

  private:
    void mark(const std::string& lost);

    SharedDirectory& shared_;
    const Clock& clock_;
    const std::string node_;
    const std::function<bool(const Event&)> tell_;
    MemberWatch watch_;
    FencingWatch fencings_;
    std::set<std::string> told_;    // ids of losses that still last
    std::set<std::string> fenced_;  // gone now, and told as that
};

}  // namespace pmx::notifier
