#include "tests/sim/network.h"

#include <algorithm>
#include <utility>

namespace pmx::sim {

void Network::power_on(NodeId node) {
    ports_[node].powered = true;
    expect_all(ports_[node]);
    form_rings();
}

void Network::power_off(NodeId node) {
    const int side = ports_[node].side;
    ports_[node] = {};
    ports_[node].side = side;
    form_rings();
}

void Network::join(NodeId node) {
    ports_[node].joined = true;
    for (auto& [other, port] : ports_)
        tell(port);
}

// What corosync had of its messages is sent before the others hear of its end, as far as it came.
void Network::leave(NodeId node) {
    Port& port = ports_[node];
    while (!port.unordered.empty() && !random_.one_in(3)) {
        for (const NodeId other : port.ring) {
            Port& receiver = ports_.at(other);
            if (receiver.joined) receiver.inbox.push_back(Delivery{node, port.unordered.front()});
        }
        port.unordered.pop_front();
    }
    port.joined = false;
    port.unordered.clear();
    port.inbox.clear();
    port.told.reset();
    port.quorum_due = false;
    for (auto& [other, each] : ports_)
        tell(each);
}

void Network::partition(const std::map<NodeId, int>& sides) {
    for (auto& [node, port] : ports_) {
        const auto side = sides.find(node);
        port.side = side == sides.end() ? 0 : side->second;
    }
    form_rings();
}

void Network::list(const NodeList& list) {
    list_ = list;
    for (auto& [node, port] : ports_)
        expect_all(port);
    for (auto& [node, port] : ports_)
        tell(port);
}

void Network::force_quorum(NodeId node) {
    const Port& forced = ports_.at(node);
    const std::size_t votes = votes_of(forced);
    const std::vector<NodeId> ring = forced.ring;
    for (const NodeId member : ring) {
        Port& port = ports_.at(member);
        port.expected = votes;
        port.quorum = 0;
        port.saw_all = true;  // all that are expected are here
    }
    for (const NodeId member : ring)
        tell(ports_.at(member));
}

bool Network::powered(NodeId node) const {
    const auto port = ports_.find(node);
    return port != ports_.end() && port->second.powered;
}

bool Network::joined(NodeId node) const {
    const auto port = ports_.find(node);
    return port != ports_.end() && port->second.joined;
}

bool Network::connected(NodeId a, NodeId b) const {
    return powered(a) && powered(b) && ports_.at(a).side == ports_.at(b).side;
}

bool Network::whole() const {
    return std::all_of(ports_.begin(), ports_.end(), [&](const auto& each) {
        return !each.second.powered || each.second.side == ports_.begin()->second.side;
    });
}

std::vector<NodeId> Network::reach(NodeId node) const {
    std::vector<NodeId> ring;
    for (const auto& [other, port] : ports_) {
        if (connected(node, other)) ring.push_back(other);
    }
    return ring;
}

void Network::form_rings() {
    for (auto& [node, port] : ports_) {
        if (!port.powered) continue;
        std::vector<NodeId> ring = reach(node);
        if (ring == port.ring) continue;
        lose_some(node, port);
        port.ring = std::move(ring);
    }
    for (auto& [node, port] : ports_)
        tell(port);
}

void Network::tell(Port& port) {
    if (!port.powered) return;
    port.saw_all = port.saw_all || nodes_in(port.ring) == list_.nodes.size();
    recalculate_quorum(port);
    if (!port.joined) return;
    replica::ConfigurationChanged now;
    for (const NodeId node : port.ring) {
        if (ports_.at(node).joined) now.members.push_back(node);
    }
    now.nodes = port.ring;
    now.quorate = quorate(port);
    if (port.told && quorum_comes_ != QuorumComes::with_members) hold_back_quorum(port, now);
    const bool same = port.told && port.told->members == now.members &&
                      port.told->nodes == now.nodes && port.told->quorate == now.quorate;
    if (same) return;
    port.told = now;
    port.inbox.emplace_back(std::move(now));
}

// Leaves in `now` what votequorum has told the daemon: its nodes and their quorum.
void Network::hold_back_quorum(Port& port, replica::ConfigurationChanged& now) {
    if (port.quorum_due && port.told->quorate && now.quorate) {
        port.told->quorate = false;
        port.inbox.emplace_back(*port.told);
    }
    port.quorum_due = now.quorate != port.told->quorate || now.nodes != port.told->nodes;
    now.quorate = port.told->quorate;
    now.nodes = port.told->nodes;
}

void Network::tell_quorum(NodeId node) {
    Port& port = ports_.at(node);
    if (!port.quorum_due) return;
    port.quorum_due = false;
    port.told->quorate = quorate(port);
    port.told->nodes = port.ring;
    port.inbox.emplace_back(*port.told);
}

void Network::pass() {
    if (quorum_comes_ != QuorumComes::later) return;
    for (auto& [node, port] : ports_) {
        if (port.quorum_due && random_.one_in(10)) tell_quorum(node);
    }
}

bool Network::listed(NodeId node) const {
    return std::binary_search(list_.nodes.begin(), list_.nodes.end(), node);
}

std::size_t Network::nodes_in(const std::vector<NodeId>& ring) const {
    return static_cast<std::size_t>(
        std::count_if(ring.begin(), ring.end(), [&](NodeId node) { return listed(node); }));
}

std::size_t Network::votes_in_all() const {
    return list_.nodes.size() + (list_.quorum == Quorum::device ? 1 : 0);
}

std::size_t Network::votes_of(const Port& port) const {
    return nodes_in(port.ring) + (device_votes_for(port) ? 1 : 0);
}

// For a majority, or of two halves for the one with the lowest node; the other one has its vote
// only while that is gone altogether.
bool Network::device_votes_for(const Port& port) const {
    const std::size_t here = nodes_in(port.ring);
    if (list_.quorum != Quorum::device || here * 2 < list_.nodes.size()) return false;
    return here * 2 > list_.nodes.size() ||
           std::none_of(ports_.begin(), ports_.end(), [&](const auto& each) {
               const std::vector<NodeId>& other = each.second.ring;
               return each.second.powered && other != port.ring && nodes_in(other) == here &&
                      other.front() < port.ring.front();
           });
}

void Network::expect_all(Port& port) {
    port.expected = votes_in_all();
    port.quorum = 0;
}

// As votequorum's calculate_quorum(): more than half of what any member expects, and of the votes
// that are here.
void Network::recalculate_quorum(Port& port) {
    std::size_t expected = 0;
    for (const NodeId node : port.ring) {
        if (listed(node)) expected = std::max(expected, ports_.at(node).expected);
    }
    std::size_t quorum = std::max(expected, votes_of(port)) / 2 + 1;
    if (list_.quorum == Quorum::two_node && list_.nodes.size() == 2) quorum = 1;
    port.quorum = std::max(port.quorum, quorum);
}

bool Network::quorate(const Port& port) const {
    if (nodes_in(port.ring) == 0 || votes_of(port) < port.quorum) return false;
    return port.saw_all || nodes_in(port.ring) * 2 > list_.nodes.size();
}

// From some place on the others' messages are gone, and mostly its own too.
void Network::lose_some(NodeId node, Port& port) {
    std::deque<Item>& inbox = port.inbox;
    if (inbox.empty() || random_.one_in(2)) return;
    const std::size_t kept = random_.below(inbox.size() + 1);
    const bool keeps_own = random_.one_in(3);
    std::deque<Item> rest;
    for (std::size_t i = 0; i < inbox.size(); ++i) {
        const auto* delivery = std::get_if<Delivery>(&inbox[i]);
        const bool is_own = delivery != nullptr && delivery->sender == node;
        if (i < kept || delivery == nullptr || (is_own && keeps_own)) {
            rest.push_back(std::move(inbox[i]));
        }
    }
    inbox = std::move(rest);
}

void Network::multicast(NodeId sender, std::string message) {
    ports_.at(sender).unordered.push_back(std::make_shared<const std::string>(std::move(message)));
}

bool Network::order_one() {
    std::vector<Port*> senders;
    std::vector<NodeId> ids;
    for (auto& [node, port] : ports_) {
        if (port.unordered.empty()) continue;
        senders.push_back(&port);
        ids.push_back(node);
    }
    if (senders.empty()) return false;
    const std::size_t chosen = random_.below(senders.size());
    Port& sender = *senders[chosen];
    const Message message = std::move(sender.unordered.front());
    sender.unordered.pop_front();
    for (const NodeId node : sender.ring) {
        Port& port = ports_.at(node);
        if (port.joined) port.inbox.push_back(Delivery{ids[chosen], message});
    }
    return true;
}

bool Network::has_item(NodeId node) const {
    return !ports_.at(node).inbox.empty();
}

std::optional<Network::Item> Network::take(NodeId node) {
    std::deque<Item>& inbox = ports_.at(node).inbox;
    if (inbox.empty()) return std::nullopt;
    Item item = std::move(inbox.front());
    inbox.pop_front();
    return item;
}

}  // namespace pmx::sim
