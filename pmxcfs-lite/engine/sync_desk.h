// Callers who want to see all that was acknowledged before they asked: one barrier in the log
// serves all who came before it was ordered, so any number of them costs what one costs.
#pragma once

#include <functional>
#include <vector>

#include "ports/store.h"

namespace pmx::engine {

// The loop thread's.
class SyncDesk {
  public:
    using Completion = ports::Store::Completion;
    // Orders one barrier; answers once, perhaps at once.
    using Order = std::function<void(Completion)>;

    explicit SyncDesk(Order order) : order_(std::move(order)) {}

    // A barrier under way may stand before what was acknowledged meanwhile: who comes then waits
    // for the next one.
    void join(Completion done);

  private:
    void begin();
    void finished(const ports::SubmitResult& result);

    const Order order_;
    bool under_way_ = false;
    std::vector<Completion> served_;  // by the one under way
    std::vector<Completion> next_;
};

}  // namespace pmx::engine
