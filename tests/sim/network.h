// What corosync does and does not promise.
//
// Nodes whose corosync runs and that reach each other form a ring. The daemons in it that joined
// are the group: every member gets the same messages in the same order, each at its own pace, and a
// daemon that joins or ends is told of in that order. When the ring changes, what a member had not
// been given yet may be lost to it, others' messages more than its own; and what was multicast but
// not ordered yet is ordered in the new ring.
//
// Votequorum counts corosyncs, not daemons. Each expects as many votes as there are listed nodes,
// or as the administrator said when quorum was forced; a ring goes by the highest number in it.
// What a corosync holds for a quorum never falls by itself: so a node whose quorum was forced is as
// others once another has joined it, also when it is alone again.
//
// The group's members and the nodes with their quorum come from two services. The daemon may hear
// of its new members a while before it hears of the nodes and of quorum; that it lost quorum it
// hears also where it has it again by then.
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

// To whom votequorum grants quorum beside majorities.
enum class Quorum : std::uint8_t {
    majority,
    two_node,  // of two listed nodes to each, as long as there are two
    device,    // of an even number to the half that a quorum device votes for
};

struct NodeList {
    std::vector<NodeId> nodes;  // sorted
    Quorum quorum = Quorum::majority;
    [[nodiscard]] bool quorum_by_fewer() const {
        return quorum == Quorum::device || (quorum == Quorum::two_node && nodes.size() == 2);
    }
};

class Network {
  public:
    using Message = std::shared_ptr<const std::string>;
    struct Delivery {
        NodeId sender;
        Message message;
    };
    using Item = std::variant<Delivery, replica::ConfigurationChanged>;

    enum class QuorumComes : std::uint8_t {
        with_members,
        later,      // some time after them
        when_told,  // by tell_quorum() only
    };

    explicit Network(Random& random) : random_(random) {}
    void set_quorum_comes(QuorumComes when) { quorum_comes_ = when; }

    void power_on(NodeId node);   // its corosync
    void power_off(NodeId node);  // with all that it had not sent or been given
    void join(NodeId node);       // its daemon
    void leave(NodeId node);
    // Nodes with the same number reach each other; others are on side 0.
    void partition(const std::map<NodeId, int>& sides);
    void list(const NodeList& list);
    // The votes present on the node's side are all that is expected there from now on.
    void force_quorum(NodeId node);

    void multicast(NodeId sender, std::string message);
    // One message gets its place in the order of its ring; false when none waits.
    bool order_one();
    // Some time: the quorum that is due may come.
    void pass();
    void tell_quorum(NodeId node);
    [[nodiscard]] bool quorum_is_due(NodeId node) const { return ports_.at(node).quorum_due; }
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
        std::size_t expected = 0;
        std::size_t quorum = 0;  // votes that it takes
        int side = 0;
        std::vector<NodeId> ring;  // as its members know it
        std::deque<Message> unordered;
        std::deque<Item> inbox;
        std::optional<replica::ConfigurationChanged> told;  // last put into the inbox
        bool quorum_due = false;                            // it is not as told
    };
    void form_rings();
    void tell(Port& port);
    static void hold_back_quorum(Port& port, replica::ConfigurationChanged& now);
    void lose_some(NodeId node, Port& port);
    [[nodiscard]] std::vector<NodeId> reach(NodeId node) const;
    [[nodiscard]] bool quorate(const Port& port) const;
    [[nodiscard]] bool listed(NodeId node) const;
    [[nodiscard]] std::size_t nodes_in(const std::vector<NodeId>& ring) const;
    [[nodiscard]] std::size_t votes_of(const Port& port) const;
    [[nodiscard]] bool device_votes_for(const Port& port) const;
    [[nodiscard]] std::size_t votes_in_all() const;
    void expect_all(Port& port);
    void recalculate_quorum(Port& port);

    Random& random_;
    std::map<NodeId, Port> ports_;
    NodeList list_;
    QuorumComes quorum_comes_ = QuorumComes::with_members;
};

}  // namespace pmx::sim
