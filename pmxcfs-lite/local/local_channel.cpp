#include "local/local_channel.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

namespace pmx::local {

Result<std::unique_ptr<LocalChannel>> LocalChannel::create(NodeId node) {
    UniqueFd wakeup(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));  // 1: the first configuration waits
    if (!wakeup) return fail_errno(errno, "eventfd");
    return std::unique_ptr<LocalChannel>(new LocalChannel(node, std::move(wakeup)));
}

Result<void> LocalChannel::dispatch(ports::GroupEvents& events) {
    std::uint64_t count = 0;
    if (::read(wakeup_.get(), &count, sizeof count) < 0 && errno != EAGAIN) {
        return fail_errno(errno, "read eventfd");
    }
    if (!std::exchange(configured_, true)) {
        events.nodes_listed({.cluster_name = {},
                             .config_version = 0,
                             .nodes = {{node_, {}, {}}},
                             .quorum_by_fewer = false});
        events.configuration_changed({.members = {node_}, .nodes = {node_}, .quorate = true});
    }
    const std::deque<std::string> arrived = std::exchange(messages_, {});
    for (const std::string& message : arrived)
        events.delivered(node_, message);
    return {};
}

Result<void> LocalChannel::multicast(std::string_view message) {
    messages_.emplace_back(message);
    return wake();
}

Result<void> LocalChannel::wake() {
    const std::uint64_t one = 1;
    if (::write(wakeup_.get(), &one, sizeof one) < 0) return fail_errno(errno, "write eventfd");
    return {};
}

}  // namespace pmx::local
