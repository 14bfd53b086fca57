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

// Those that may be in force: the last one committed, and all that are in a log and not committed;
// and what becomes of them when a leader takes out who is not listed.
std::vector<replica::VoterList> Nemesis::voter_lists() const {
    std::vector<replica::VoterList> lists{newest_voters()};
    for (const Node& node : cluster_.nodes()) {
        for (const wire::EntryPtr& entry : node.disk.platter().after_base()) {
            if (entry->kind != wire::EntryKind::voters) continue;
            if (cluster_.log().is_committed(entry->index, entry->chain)) continue;
            if (auto list = replica::decode_voters(entry->op)) lists.push_back(*std::move(list));
        }
        if (!node.daemon) continue;
        const replica::VoterList voters = node.daemon->replica->status().voters;
        if (voters != node.daemon->voters) lists.push_back(voters);
    }
    for (std::size_t i = lists.size(); i-- > 0;)
        lists.push_back(listed_of(lists[i], cluster_.list()));
    return lists;
}

replica::VoterList Nemesis::listed_of(replica::VoterList voters, const NodeList& list) {
    std::erase_if(voters, [&](const replica::Voter& voter) {
        return !std::binary_search(list.nodes.begin(), list.nodes.end(), voter.node);
    });
    return voters;
}

// Its founders are the list that will be in force, and stand in no log yet. Who loses one of them
// just then forces quorum once more.
bool Nemesis::era_is_being_founded() const {
    return std::any_of(cluster_.nodes().begin(), cluster_.nodes().end(), [](const Node& node) {
        const Platter& platter = node.disk.platter();
        const View last =
            platter.entries.empty() ? platter.base.view : platter.entries.back()->view;
        const View promise = node.daemon ? node.daemon->replica->status().promise : platter.promise;
        return promise.era > last.era;
    });
}

// Of every list that may be in force, a majority of the disks must stay.
bool Nemesis::can_spare_disk(const Node& lost) const {
    // A cluster that is half founded has nothing to lose, and begins anew by hand.
    if (cluster_.log().last() == LogIndex() || era_is_being_founded()) return false;
    const std::vector<replica::VoterList> lists = voter_lists();
    return std::all_of(lists.begin(), lists.end(), [&](const replica::VoterList& list) {
        if (list.empty()) return true;
        const auto kept = std::count_if(list.begin(), list.end(), [&](const auto& voter) {
            const Node& node = cluster_.node(voter.node);
            return node.id != lost.id && node.disk.platter().id == voter.disk;
        });
        const bool can_grow_by_a_lost_one = kept_out(lost) * 2 < list.size();
        return static_cast<std::size_t>(kept) >= list.size() / 2 + 1 && can_grow_by_a_lost_one;
    });
}

// The nodes whose disk is another than in the list of whoever is furthest, `lost` among them: a
// leader that has not heard of a loss yet may still take the one that is lost into the list.
std::size_t Nemesis::kept_out(const Node& lost) const {
    std::size_t count = 1;
    const replica::VoterList voters = newest_voters();
    for (const Node& node : cluster_.nodes()) {
        const bool votes = contains(voters, {node.id, node.disk.platter().id});
        if (node.id != lost.id && lost_.contains(node.id) && !votes) ++count;
    }
    return count;
}

replica::VoterList Nemesis::newest_voters() const {
    for (LogIndex i = cluster_.log().last(); i > LogIndex(); i = LogIndex(i.value - 1)) {
        const wire::Entry& entry = *cluster_.log().at(i);
        if (entry.kind != wire::EntryKind::voters) continue;
        if (auto list = replica::decode_voters(entry.op)) return *std::move(list);
    }
    return {};
}

void Nemesis::lose_disk(Node& node) {
    if (!can_spare_disk(node)) return;
    if (node.daemon) cluster_.kill(node);
    cluster_.lose_disk(node);
    lost_.insert(node.id);
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
    if (!can_spare_disk(node)) return;
    if (node.daemon) cluster_.kill(node);
    cluster_.put_back(node, std::move(copy->second));
    lost_.insert(node.id);
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

// One node more or less, or two. Nobody takes away the nodes that have the data: a majority of the
// voters stays listed, and most of those who stay have their disks.
void Nemesis::change_list() {
    NodeList list = cluster_.list();
    if (list.quorum_by_fewer) return;
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
    if (keeps_voters(list)) cluster_.change_list(std::move(list));
}

bool Nemesis::keeps_voters(const NodeList& list) const {
    // Only a majority of trees can say which of them is damaged.
    if (cluster_.bit_flipped() && list.nodes.size() < 3) return false;
    // Founding takes all who are listed, and is judged by nobody before.
    if (cluster_.log().last() == LogIndex() || era_is_being_founded()) return false;
    const std::vector<replica::VoterList> lists = voter_lists();
    return std::all_of(lists.begin(), lists.end(), [&](const replica::VoterList& voters) {
        if (voters.empty()) return true;
        const replica::VoterList kept = listed_of(voters, list);
        const auto live = std::count_if(kept.begin(), kept.end(), [&](const auto& voter) {
            return cluster_.node(voter.node).disk.platter().id == voter.disk;
        });
        return kept.size() >= voters.size() / 2 + 1 &&
               static_cast<std::size_t>(live) >= kept.size() / 2 + 1;
    });
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
