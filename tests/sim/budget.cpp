#include "tests/sim/budget.h"

#include <algorithm>

namespace pmx::sim {
namespace {

bool wants(const NodeList& list, NodeId node) {
    return std::binary_search(list.nodes.begin(), list.nodes.end(), node);
}

}  // namespace

bool Budget::can_spare_disk(const Node& node) const {
    if (!something_to_lose()) return false;
    const std::vector<replica::VoterList> all = lists();
    return std::all_of(all.begin(), all.end(), [&](const replica::VoterList& voters) {
        return bears(voters, cluster_.list(), &node);
    });
}

// Nobody takes away the nodes that have the data: a majority of the voters stays listed.
bool Budget::allows(const NodeList& list) const {
    // Only a majority of trees can say which of them is damaged.
    if (cluster_.bit_flipped() && list.nodes.size() < 3) return false;
    if (!something_to_lose()) return false;
    const std::vector<replica::VoterList> all = lists();
    return std::all_of(all.begin(), all.end(), [&](const replica::VoterList& voters) {
        const auto stay = std::count_if(voters.begin(), voters.end(),
                                        [&](const auto& voter) { return wants(list, voter.node); });
        return static_cast<std::size_t>(stay) >= voters.size() / 2 + 1 &&
               bears(voters, list, nullptr);
    });
}

// A cluster that is half founded begins anew by hand. Founding takes all who are listed, and is
// judged by nobody before.
bool Budget::something_to_lose() const {
    return cluster_.log().last() > LogIndex() && !era_is_being_founded();
}

// Its founders are the list that will be in force, and stand in no log yet. Who loses one of them
// just then forces quorum once more.
bool Budget::era_is_being_founded() const {
    return std::any_of(cluster_.nodes().begin(), cluster_.nodes().end(), [](const Node& node) {
        const Platter& platter = node.disk.platter();
        const View last =
            platter.entries.empty() ? platter.base.view : platter.entries.back()->view;
        const View promise = node.daemon ? node.daemon->replica->status().promise : platter.promise;
        return promise.era > last.era;
    });
}

// Those that may be in force: the last one committed, and all that were ordered and are not
// committed, whether in a log or, as their leader may be gone, still on their way to one.
std::vector<replica::VoterList> Budget::lists() const {
    std::vector<replica::VoterList> all;
    const auto add = [&](const replica::VoterList& voters) {
        if (!voters.empty()) all.push_back(voters);
    };
    for (const replica::VoterList& voters : newest_lists())
        add(voters);
    for (const Node& node : cluster_.nodes()) {
        for (const wire::EntryPtr& entry : node.disk.platter().after_base()) {
            if (entry->kind != wire::EntryKind::voters) continue;
            if (cluster_.log().is_committed(entry->index, entry->chain)) continue;
            if (const auto list = replica::decode_voters(entry->op)) add(*list);
        }
        if (!node.daemon) continue;
        const replica::VoterList voters = node.daemon->replica->status().voters;
        if (voters != node.daemon->voters) add(voters);
    }
    for (const wire::EntryPtr& entry : cluster_.lists_ordered()) {
        if (entry->index <= cluster_.log().last()) continue;
        if (const auto list = replica::decode_voters(entry->op)) add(*list);
    }
    return all;
}

// The last one committed, and of its era the one before: whoever does not know yet that the change
// is committed goes by that, too.
std::vector<replica::VoterList> Budget::newest_lists() const {
    std::vector<replica::VoterList> lists;
    Era era;
    for (LogIndex i = cluster_.log().last(); i > LogIndex(); i = LogIndex(i.value - 1)) {
        const wire::Entry& entry = *cluster_.log().at(i);
        if (!lists.empty() && entry.view.era != era) break;
        if (entry.kind != wire::EntryKind::voters) continue;
        const auto list = replica::decode_voters(entry.op);
        if (list) lists.push_back(*list);
        if (lists.size() == 2) break;
        era = entry.view.era;
    }
    return lists;
}

replica::VoterList Budget::newest_voters() const {
    const std::vector<replica::VoterList> lists = newest_lists();
    return lists.empty() ? replica::VoterList() : lists.front();
}

// How many of a list must stay. Where half of it may go on by itself, a majority is not enough to
// tell that it did not, once somebody has promised to follow it.
std::size_t Budget::needed(std::size_t voters) const {
    const std::size_t majority = voters / 2 + 1;
    const bool halves = cluster_.list().quorum != Quorum::majority && voters % 2 == 0;
    return halves ? std::max(majority, voters - voters / 4) : majority;
}

// Whether a majority of the disks stays in whatever the leaders make of these voters on the way to
// the administrator's list. They go by what they have heard. A leader that has not heard of the
// losses takes out a node that has its disk before one that has none, and takes one in whose disk
// is lost: each list is in force as soon as it is in a log, and if its majority is gone by then,
// nobody can tell whether it was committed and gone on from. So no list on the way is worse than
// the one without any of the living that must go, and with all the lost that must or may stay.
bool Budget::bears(const replica::VoterList& voters, const NodeList& list, const Node* lost) const {
    std::size_t living = 0;
    std::size_t size = lost_newcomers(voters, list, lost);
    for (const replica::Voter& voter : voters) {
        const Node& node = cluster_.node(voter.node);
        const bool lives = &node != lost && node.disk.platter().id == voter.disk;
        if (lives && !wants(list, node.id)) continue;
        ++size;
        if (lives) ++living;
    }
    return living >= needed(size);
}

// The nodes without a vote that had one of their disks lost, `lost` among them: the list that knows
// them by that disk may be still to come.
std::size_t Budget::lost_newcomers(const replica::VoterList& voters, const NodeList& list,
                                   const Node* lost) const {
    const replica::VoterList newest = newest_voters();
    const auto& nodes = cluster_.nodes();
    return static_cast<std::size_t>(
        std::count_if(nodes.begin(), nodes.end(), [&](const Node& node) {
            const bool votes = contains(newest, {node.id, node.disk.platter().id});
            const bool is_lost = &node == lost || (spent_.contains(node.id) && !votes);
            const bool in_list = std::any_of(voters.begin(), voters.end(), [&](const auto& voter) {
                return voter.node == node.id;
            });
            return is_lost && !in_list && wants(list, node.id);
        }));
}

}  // namespace pmx::sim
