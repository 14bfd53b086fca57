#include "control/standings.h"

#include <map>

namespace pmx::control {
namespace {

// A map that makes what it is asked for.
class Table {
  public:
    Standing& at(NodeId id) {
        Standing& standing = standings_[id];
        standing.id = id;
        return standing;
    }
    [[nodiscard]] std::vector<Standing> take() {
        std::vector<Standing> all;
        for (auto& [id, standing] : standings_)
            all.push_back(std::move(standing));
        return all;
    }

  private:
    std::map<NodeId, Standing> standings_;
};

void take_in_membership(Table& table, const ports::Membership& membership) {
    for (const ports::NodeList::Node& node : membership.list.nodes) {
        Standing& standing = table.at(node.id);
        standing.listed = true;
        standing.name = node.name;
        standing.address = node.address;
    }
    for (const NodeId node : membership.configuration.members)
        table.at(node).online = true;
    for (const NodeId node : membership.configuration.nodes)
        table.at(node).reachable = true;
}

void take_in_peer(Standing& standing, const replica::Peer& peer) {
    if (standing.name.empty()) standing.name = peer.name;
    const bool heard = peer.present && !peer.name.empty();
    standing.other_disk = standing.voter && heard && !peer.voter;
    standing.in_step = peer.in_step;
    standing.refusal = peer.refusal;
    if (peer.present && peer.durable.value > 0) standing.durable = peer.durable;
}

void take_in_self(Standing& standing, const ports::StoreStatus& status) {
    standing.self = true;
    standing.name = status.identity.node_name;
    standing.online = true;
    standing.reachable = true;
    standing.in_step = status.replica.in_step;
    standing.durable = status.replica.durable;
}

}  // namespace

std::string Standing::title() const {
    return name.empty() ? "node " + std::to_string(id.value) : name;
}

std::vector<Standing> standings(const ports::StoreStatus& status) {
    Table table;
    take_in_membership(table, status.membership);
    for (const replica::Voter& voter : status.replica.voters)
        table.at(voter.node).voter = true;
    for (const replica::Peer& peer : status.replica.peers)
        take_in_peer(table.at(peer.node), peer);
    Standing& self = table.at(status.identity.node);
    take_in_self(self, status);
    self.other_disk =
        self.voter && !replica::contains(status.replica.voters, {self.id, status.identity.disk});
    if (status.replica.open_view) table.at(status.replica.open_view->leader).leads = true;
    std::vector<Standing> all = table.take();
    for (Standing& standing : all) {
        const auto left = status.membership.left.find(standing.id);
        if (!standing.online && left != status.membership.left.end()) standing.left = left->second;
    }
    return all;
}

Quorum count_votes(const std::vector<Standing>& standings) {
    Quorum quorum;
    for (const Standing& standing : standings) {
        if (!standing.voter) continue;
        ++quorum.voters;
        if (standing.counts()) {
            ++quorum.here;
        } else {
            quorum.missing.push_back(&standing);
        }
    }
    quorum.needed = quorum.voters / 2 + 1;
    return quorum;
}

}  // namespace pmx::control
