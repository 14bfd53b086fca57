// What CPG does and does not promise.
//
// Nodes that can reach each other form a component. Within it every member gets the same messages
// in the same order, each at its own pace. When the component changes, what a member had not been
// given yet may be lost to it, others' messages more than its own; and what was multicast but not
// ordered yet is ordered in the new component.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "replica/replica.h"
#include "tests/sim/random.h"

namespace pmx::sim {

class Network {
  public:
    using Item = std::variant<replica::MessageReceived, replica::ConfigurationChanged>;

    Network(Random& random, std::vector<NodeId> nodes);

    void join(NodeId node);   // its daemon runs
    void leave(NodeId node);  // its daemon is dead: what it had not sent or been given is gone
    // Nodes with the same number reach each other.
    void partition(const std::map<NodeId, int>& sides);

    void multicast(NodeId sender, std::string message);
    // One message gets its place in the order of its component; false when none waits.
    bool order_one();
    [[nodiscard]] bool has_item(NodeId node) const;
    std::optional<Item> take(NodeId node);
    [[nodiscard]] bool connected(NodeId a, NodeId b) const;

  private:
    struct Port {
        bool running = false;
        int side = 0;
        std::vector<NodeId> members;  // as last told
        std::deque<std::string> unordered;
        std::deque<Item> inbox;
    };
    void reconfigure();
    void lose_some(NodeId node);
    [[nodiscard]] std::vector<NodeId> component(NodeId node) const;

    Random& random_;
    std::map<NodeId, Port> ports_;
};

}  // namespace pmx::sim
