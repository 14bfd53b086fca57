// What corosync does and does not promise.
//
// Nodes whose corosync runs and that reach each other form a ring. The daemons in it that joined
// are the group: every member gets the same messages in the same order, each at its own pace, and a
// daemon that joins or ends is told of in that order. When the ring changes, what a member had not
// been given yet may be lost to it, others' messages more than its own; and what was multicast but
// not ordered yet is ordered in the new ring. Votequorum counts corosyncs, not daemons.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "replica/replica.h"
#include "tests/sim/random.h"

namespace pmx::sim {

struct NodeList {
    std::vector<NodeId> nodes;  // sorted
    bool quorum_by_fewer = false;
};

class Network {
  public:
    using Message = std::shared_ptr<const std::string>;
    struct Delivery {
        NodeId sender;
        Message message;
    };
    using Item = std::variant<Delivery, replica::ConfigurationChanged>;

    explicit Network(Random& random) : random_(random) {}

    void power_on(NodeId node);   // its corosync
    void power_off(NodeId node);  // with all that it had not sent or been given
    void join(NodeId node);       // its daemon
    void leave(NodeId node);
    // Nodes with the same number reach each other; others are on side 0.
    void partition(const std::map<NodeId, int>& sides);
    void list(const NodeList& list);

    void multicast(NodeId sender, std::string message);
    // One message gets its place in the order of its ring; false when none waits.
    bool order_one();
    [[nodiscard]] bool has_item(NodeId node) const;
    [[nodiscard]] std::size_t items(NodeId node) const { return ports_.at(node).inbox.size(); }
    std::optional<Item> take(NodeId node);
    [[nodiscard]] bool powered(NodeId node) const;
    [[nodiscard]] bool joined(NodeId node) const;
    [[nodiscard]] bool connected(NodeId a, NodeId b) const;
    [[nodiscard]] bool whole() const;  // all that are powered reach each other

  private:
    struct Port {
        bool powered = false;
        bool joined = false;
        bool saw_all = false;  // wait_for_all: only then may fewer have quorum
        int side = 0;
        std::vector<NodeId> ring;  // as its members know it
        std::deque<Message> unordered;
        std::deque<Item> inbox;
        std::optional<replica::ConfigurationChanged> told;  // last put into the inbox
    };
    void form_rings();
    void tell(Port& port);
    void lose_some(NodeId node, Port& port);
    [[nodiscard]] std::vector<NodeId> reach(NodeId node) const;
    [[nodiscard]] bool quorate(const Port& port) const;

    Random& random_;
    std::map<NodeId, Port> ports_;
    NodeList list_;
};

}  // namespace pmx::sim
