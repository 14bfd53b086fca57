#include "engine/membership_board.h"

#include <algorithm>

namespace pmx::engine {

void MembershipBoard::listed(const ports::NodeList& list) {
    const std::lock_guard lock(mutex_);
    if (list == current_.list && current_.version > 0) return;
    current_.list = list;
    ++current_.version;
}

void MembershipBoard::configured(const ports::Configuration& configuration, WallTime now) {
    const std::lock_guard lock(mutex_);
    if (configuration == current_.configuration) return;
    const auto& members = configuration.members;
    for (const NodeId node : current_.configuration.members) {
        if (!std::binary_search(members.begin(), members.end(), node)) current_.left[node] = now;
    }
    for (const NodeId node : members)
        current_.left.erase(node);
    current_.configuration = configuration;
    ++current_.version;
}

ports::Membership MembershipBoard::current() const {
    const std::lock_guard lock(mutex_);
    return current_;
}

}  // namespace pmx::engine
