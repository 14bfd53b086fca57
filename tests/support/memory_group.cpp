#include "tests/support/memory_group.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace pmx::support {

class MemoryGroup::Channel final : public ports::GroupChannel {
  public:
    Channel(MemoryGroup& group, NodeId node)
        : group_(group), node_(node), wakeup_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
    ~Channel() override { group_.leave(node_); }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    [[nodiscard]] int event_fd() const override { return wakeup_.get(); }
    Result<void> dispatch(ports::GroupEvents& events) override {
        std::deque<Event> arrived;
        {
            const std::lock_guard lock(group_.mutex_);
            std::uint64_t count = 0;
            [[maybe_unused]] const ssize_t got = ::read(wakeup_.get(), &count, sizeof count);
            arrived.swap(queue_);
        }
        for (const Event& event : arrived) {
            if (const auto* list = std::get_if<ports::NodeList>(&event)) {
                events.nodes_listed(*list);
            } else if (const auto* now = std::get_if<ports::Configuration>(&event)) {
                events.configuration_changed(*now);
            } else {
                const auto& delivery = std::get<Delivery>(event);
                events.delivered(delivery.sender, delivery.message);
            }
        }
        return {};
    }
    Result<void> multicast(std::string_view message) override {
        group_.multicast(node_, message);
        return {};
    }
    Result<void> force_quorum() override {
        group_.force_quorum(node_);
        return {};
    }

    // With the group's lock held.
    void push(Event event) {
        queue_.push_back(std::move(event));
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t put = ::write(wakeup_.get(), &one, sizeof one);
    }
    ports::Configuration told;

  private:
    MemoryGroup& group_;
    const NodeId node_;
    UniqueFd wakeup_;
    std::deque<Event> queue_;
};

MemoryGroup::MemoryGroup(std::vector<NodeId> listed) {
    list_.cluster_name = "test";
    for (const NodeId node : listed)
        list_.nodes.push_back({node, "node" + std::to_string(node.value), {}});
}

std::unique_ptr<ports::GroupChannel> MemoryGroup::join(NodeId node) {
    auto channel = std::make_unique<Channel>(*this, node);
    const std::lock_guard lock(mutex_);
    channels_[node] = channel.get();
    channel->push(list_);
    configure();
    return channel;
}

void MemoryGroup::leave(NodeId node) {
    const std::lock_guard lock(mutex_);
    channels_.erase(node);
    configure();
}

void MemoryGroup::split(const std::vector<std::set<NodeId>>& sides) {
    const std::lock_guard lock(mutex_);
    sides_ = sides;
    forced_.clear();
    configure();
}

void MemoryGroup::force_quorum(NodeId node) {
    const std::lock_guard lock(mutex_);
    for (const NodeId present : reached_by(node))
        forced_.insert(present);
    configure();
}

std::size_t MemoryGroup::side_of(NodeId node) const {
    for (std::size_t i = 0; i < sides_.size(); ++i)
        if (sides_[i].contains(node)) return i;
    return sides_.size();
}

std::set<NodeId> MemoryGroup::reached_by(NodeId node) const {
    std::set<NodeId> reached;
    for (const auto& [other, channel] : channels_)
        if (side_of(other) == side_of(node)) reached.insert(other);
    return reached;
}

void MemoryGroup::multicast(NodeId sender, std::string_view message) {
    const std::lock_guard lock(mutex_);
    for (const NodeId node : reached_by(sender))
        channels_.at(node)->push(Delivery{sender, std::string(message)});
}

void MemoryGroup::configure() {
    for (const auto& [node, channel] : channels_) {
        const std::set<NodeId> reached = reached_by(node);
        ports::Configuration now;
        now.members.assign(reached.begin(), reached.end());
        now.nodes = now.members;
        now.quorate = reached.size() * 2 > list_.nodes.size() || forced_.contains(node);
        if (now == channel->told) continue;
        channel->told = now;
        channel->push(now);
    }
}

}  // namespace pmx::support
