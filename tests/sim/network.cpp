#include "tests/sim/network.h"

#include <utility>

namespace pmx::sim {

Network::Network(Random& random, std::vector<NodeId> nodes) : random_(random) {
    for (const NodeId node : nodes)
        ports_[node];
}

void Network::join(NodeId node) {
    ports_[node].running = true;
    reconfigure();
}

void Network::leave(NodeId node) {
    const int side = ports_[node].side;
    ports_[node] = {};
    ports_[node].side = side;
    reconfigure();
}

void Network::partition(const std::map<NodeId, int>& sides) {
    for (const auto& [node, side] : sides)
        ports_[node].side = side;
    reconfigure();
}

bool Network::connected(NodeId a, NodeId b) const {
    const Port& left = ports_.at(a);
    const Port& right = ports_.at(b);
    return left.running && right.running && left.side == right.side;
}

std::vector<NodeId> Network::component(NodeId node) const {
    std::vector<NodeId> members;
    for (const auto& [other, port] : ports_) {
        if (connected(node, other)) members.push_back(other);
    }
    return members;
}

void Network::reconfigure() {
    for (auto& [node, port] : ports_) {
        if (!port.running) continue;
        std::vector<NodeId> members = component(node);
        if (members == port.members) continue;
        lose_some(node);
        port.members = members;
        const bool quorate = members.size() * 2 > ports_.size();
        port.inbox.push_back(replica::ConfigurationChanged{std::move(members), quorate});
    }
}

// From some place on the others' messages are gone, and mostly its own too.
void Network::lose_some(NodeId node) {
    std::deque<Item>& inbox = ports_[node].inbox;
    if (inbox.empty() || random_.one_in(2)) return;
    const std::size_t kept = random_.below(inbox.size() + 1);
    const bool keeps_own = random_.one_in(3);
    std::deque<Item> rest;
    for (std::size_t i = 0; i < inbox.size(); ++i) {
        const auto* message = std::get_if<replica::MessageReceived>(&inbox[i]);
        const bool is_own = message != nullptr && message->sender == node;
        if (i < kept || message == nullptr || (is_own && keeps_own)) {
            rest.push_back(std::move(inbox[i]));
        }
    }
    inbox = std::move(rest);
}

void Network::multicast(NodeId sender, std::string message) {
    ports_[sender].unordered.push_back(std::move(message));
}

bool Network::order_one() {
    std::vector<NodeId> senders;
    for (const auto& [node, port] : ports_) {
        if (!port.unordered.empty()) senders.push_back(node);
    }
    if (senders.empty()) return false;
    const NodeId sender = random_.pick(senders);
    std::string message = std::move(ports_[sender].unordered.front());
    ports_[sender].unordered.pop_front();
    for (const NodeId node : component(sender)) {
        ports_[node].inbox.push_back(replica::MessageReceived{sender, message});
    }
    return true;
}

bool Network::has_item(NodeId node) const {
    return !ports_.at(node).inbox.empty();
}

std::optional<Network::Item> Network::take(NodeId node) {
    std::deque<Item>& inbox = ports_[node].inbox;
    if (inbox.empty()) return std::nullopt;
    Item item = std::move(inbox.front());
    inbox.pop_front();
    return item;
}

}  // namespace pmx::sim
