#include "tests/sim/nemesis.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace pmx::sim {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

void Nemesis::strike() {
    Node& node = random_.pick(cluster_.nodes());
    strike_with(plan_.faults[random_.below(plan_.faults.size())], node);
}

void Nemesis::strike_with(Fault fault, Node& node) {
    switch (fault) {
        case Fault::kill:
            return switch_daemon(node);
        case Fault::power:
            return switch_power(node);
        case Fault::cut:
            return cut_network();
        case Fault::hang:
            if (node.daemon) node.hung = !node.hung;
            return;
        case Fault::disk_full:
            if (node.runs()) cluster_.fill_disk(node);
            return;
        case Fault::disk_hangs:
            if (node.daemon) node.disk_hangs = !node.disk_hangs;
            return;
        case Fault::disk_lost:
            return lose_disk(node);
        case Fault::disk_old:
            return old_disk(node);
        case Fault::bit_flip:
            return flip_bit(node);
        case Fault::checkpoint:
            if (node.runs()) cluster_.checkpoint(node);
            return;
        case Fault::clock:
            return leap(node);
        case Fault::list:
            return change_list();
        case Fault::force:
            return force_quorum(node);
        case Fault::upgrade:
            node.highest_level = 2;
            return;
        case Fault::give_up:
            if (node.runs()) cluster_.give_up_oldest(node);
            return;
    }
}

void Nemesis::switch_daemon(Node& node) {
    if (node.daemon) {
        cluster_.kill(node);
    } else if (cluster_.network().powered(node.id)) {
        cluster_.start(node);
    } else {
        cluster_.power_on(node);
    }
}

void Nemesis::switch_power(Node& node) {
    if (cluster_.network().powered(node.id)) {
        cluster_.power_off(node);
    } else {
        cluster_.power_on(node);
    }
}

void Nemesis::cut_network() {
    std::map<NodeId, int> sides;
    const bool heals = random_.one_in(2);
    const std::size_t parts = random_.one_in(4) ? 3 : 2;
    for (const Node& node : cluster_.nodes())
        sides[node.id] = heals ? 0 : static_cast<int>(random_.below(parts));
    cluster_.partition(sides);
}

void Nemesis::lose_disk(Node& node) {
    if (!budget_.can_spare_disk(node)) return;
    if (node.daemon) cluster_.kill(node);
    cluster_.lose_disk(node);
    budget_.spent(node.id);
    copies_.erase(node.id);
    if (random_.one_in(2)) switch_daemon(node);
}

// A copy with the same disk id is known by what peers remember of it. That needs peers that were
// there: here, all of them; otherwise the copy comes with a new id, as restore-backup makes one.
void Nemesis::old_disk(Node& node) {
    const auto copy = copies_.find(node.id);
    if (copy == copies_.end() || copy->second.id != node.disk.platter().id) {
        copies_.insert_or_assign(node.id, node.disk.platter());
        return;
    }
    if (!budget_.can_spare_disk(node)) return;
    if (node.daemon) cluster_.kill(node);
    cluster_.put_back(node, std::move(copy->second));
    budget_.spent(node.id);
    copies_.erase(copy);
    cluster_.rename_disk(node);
}

// One in a run, and only where a majority can say who is right, and will be there to say it.
void Nemesis::flip_bit(Node& node) {
    if (!node.runs() || node.daemon->installing || cluster_.bit_flipped()) return;
    if (cluster_.list().nodes.size() < 3) return;
    if (node.daemon->voters.size() >= 3) cluster_.flip_bit(node);
}

void Nemesis::leap(Node& node) {
    switch (random_.below(4)) {
        case 0:
            node.ahead += seconds(random_.below(30));
            return;
        case 1:
            node.ahead += hours(random_.below(3));
            return;
        case 2:
            cluster_.pass(seconds(random_.below(10)));
            return;
        default:
            node.wall_ahead = seconds(random_.below(7200)) - hours(1);
            return;
    }
}

// One node more or less, or two.
void Nemesis::change_list() {
    NodeList list = cluster_.list();
    const std::size_t nodes = 1 + random_.below(2);
    for (std::size_t i = 0; i < nodes; ++i) {
        const NodeId node = random_.pick(cluster_.nodes()).id;
        const auto place = std::lower_bound(list.nodes.begin(), list.nodes.end(), node);
        if (place != list.nodes.end() && *place == node) {
            list.nodes.erase(place);
        } else {
            list.nodes.insert(place, node);
        }
    }
    if (budget_.allows(list)) cluster_.change_list(std::move(list));
}

void Nemesis::force_quorum(Node& node) {
    if (!node.runs()) return;
    const replica::Status status = node.daemon->replica->status();
    if (!status.open_view && status.last.value > 0) cluster_.force_quorum(node);
}

// An administrator who upgraded one node upgrades all.
void Nemesis::finish_upgrade() {
    const auto& nodes = cluster_.nodes();
    const bool begun = std::any_of(nodes.begin(), nodes.end(),
                                   [](const Node& node) { return node.highest_level > 1; });
    if (!begun) return;
    for (Node& node : cluster_.nodes()) {
        node.highest_level = 2;
        if (node.daemon && node.daemon->highest_level < 2) cluster_.kill(node);
    }
}

void Nemesis::make_peace() {
    // Until the next scrub.
    if (cluster_.bit_flipped()) cluster_.pass(hours(1) + seconds(1));
    cluster_.partition({});
    finish_upgrade();
    for (Node& node : cluster_.nodes()) {
        node.hung = false;
        node.disk_hangs = false;
        if (!cluster_.network().powered(node.id)) {
            cluster_.power_on(node);
        } else if (!node.daemon) {
            cluster_.start(node);
        }
    }
}

}  // namespace pmx::sim
