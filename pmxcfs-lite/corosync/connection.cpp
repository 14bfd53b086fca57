#include "corosync/connection.h"

#include <sys/eventfd.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/start_thread.h"

namespace pmx::corosync {

namespace {

Result<void> is_same_node(NodeId actual, NodeId expected) {
    if (actual == expected) return {};
    return fail(Code::invalid_argument, "corosync calls this node " + std::to_string(actual.value) +
                                            ", but the database here is that of node " +
                                            std::to_string(expected.value) +
                                            "; give the node its id back in corosync.conf");
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(NodeId node) {
    auto group = CpgGroup::open();
    if (!group) return fail(group.error());
    if (auto same = is_same_node((*group)->self().node, node); !same) return fail(same.error());
    auto nodes = NodeListWatch::open();
    if (!nodes) return fail(nodes.error());
    auto list = (*nodes)->read();
    if (!list) return fail(list.error());
    auto quorum = QuorumWatch::open();
    if (!quorum) return fail(quorum.error());
    // Last: from here on others count this daemon.
    if (auto joined = (*group)->join(); !joined) return fail(joined.error());
    return std::make_unique<Connection>(Connection{.group = std::move(*group),
                                                   .quorum = std::move(*quorum),
                                                   .nodes = std::move(*nodes),
                                                   .list = std::move(*list)});
}

// Shared with the thread that makes it, which may outlive the channel.
struct Connector::Attempt {
    UniqueFd ended{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    std::mutex mutex;
    std::optional<Result<std::unique_ptr<Connection>>> result;

    void end(Result<std::unique_ptr<Connection>> connection) {
        const std::lock_guard lock(mutex);
        result = std::move(connection);
        const std::uint64_t one = 1;
        PMX_CHECK(::write(ended.get(), &one, sizeof one) == sizeof one, "eventfd is full");
    }
};

Connector::Connector(NodeId node) : node_(node), attempt_(std::make_shared<Attempt>()) {
    PMX_CHECK(static_cast<bool>(attempt_->ended), "no eventfd");
}

int Connector::fd() const {
    return attempt_->ended.get();
}

void Connector::begin() {
    if (std::exchange(under_way_, true)) return;
    auto started = start_detached(
        [attempt = attempt_, node = node_] { attempt->end(Connection::open(node)); });
    if (!started) attempt_->end(fail(started.error()));
}

std::optional<Result<std::unique_ptr<Connection>>> Connector::take() {
    const std::lock_guard lock(attempt_->mutex);
    if (!attempt_->result) return std::nullopt;
    under_way_ = false;
    std::uint64_t count = 0;
    PMX_CHECK(::read(fd(), &count, sizeof count) == sizeof count, "eventfd is empty");
    return std::exchange(attempt_->result, std::nullopt);
}

}  // namespace pmx::corosync
