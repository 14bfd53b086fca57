#include "engine/sync_desk.h"

#include <utility>

namespace pmx::engine {

void SyncDesk::join(Completion done) {
    next_.push_back(std::move(done));
    if (!under_way_) begin();
}

void SyncDesk::begin() {
    under_way_ = true;
    served_ = std::exchange(next_, {});
    order_([this](const ports::SubmitResult& result) { finished(result); });
}

void SyncDesk::finished(const ports::SubmitResult& result) {
    under_way_ = false;
    for (const Completion& done : std::exchange(served_, {}))
        done(result);
    if (!next_.empty() && !under_way_) begin();
}

}  // namespace pmx::engine
