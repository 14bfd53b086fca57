// The group of several daemons in one process: ordered multicast, and a network that can be cut.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/unique_fd.h"
#include "ports/group_channel.h"

namespace pmx::support {

class MemoryGroup {
  public:
    explicit MemoryGroup(std::vector<NodeId> listed);

    // In the group for as long as it lives; the group outlives it.
    std::unique_ptr<ports::GroupChannel> join(NodeId node);
    // Nodes of one set hear each other and nobody else.
    void split(const std::vector<std::set<NodeId>>& sides);
    void heal() { split({}); }

  private:
    class Channel;
    struct Delivery {
        NodeId sender;
        std::string message;
    };
    using Event = std::variant<ports::NodeList, ports::Configuration, Delivery>;

    [[nodiscard]] std::size_t side_of(NodeId node) const;
    [[nodiscard]] std::set<NodeId> reached_by(NodeId node) const;
    void multicast(NodeId sender, std::string_view message);
    void force_quorum(NodeId node);
    void leave(NodeId node);
    void configure();

    std::mutex mutex_;
    ports::NodeList list_;
    std::vector<std::set<NodeId>> sides_;  // who is in none is with all others who are in none
    std::set<NodeId> forced_;
    std::map<NodeId, Channel*> channels_;
};

}  // namespace pmx::support
