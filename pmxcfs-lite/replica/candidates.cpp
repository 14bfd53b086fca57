// Who may lead, by what was said in a round.
#include <algorithm>
#include <tuple>
#include <utility>

#include "replica/impl.h"

namespace pmx::replica {

// Whether a round among those present can come to anything.
bool Replica::Impl::could_elect() const {
    const auto is_present = [this](NodeId node) { return present(node); };
    const VoterList& voters = log.voters();
    if (voters.empty()) {
        return !listed.empty() && std::all_of(listed.begin(), listed.end(), is_present);
    }
    const auto count = std::count_if(voters.begin(), voters.end(),
                                     [&](const Voter& voter) { return present(voter.node); });
    return static_cast<std::size_t>(count) >= majority(voters) || forcing ||
           (quorum_by_fewer && quorate);
}

// The voters of `list` that spoke in this round, each from the disk that the list names.
VoterList Replica::Impl::heard_of(const VoterList& list) const {
    VoterList heard;
    for (const Voter& voter : list) {
        const Round::Said* said = round.from(voter.node);
        if (said == nullptr) continue;
        const bool same_disk = said->hello.disk == voter.disk || planted(Mistake::votes_by_node);
        if (same_disk && !seen.outdated(voter.node, said->promise, said->hello)) {
            heard.push_back(voter);
        }
    }
    return heard;
}

VoterList Replica::Impl::heard_of(const VoterLists& both) const {
    VoterList heard = heard_of(both.in_force);
    if (!both.both_decide) return heard;
    for (const Voter& voter : heard_of(both.before)) {
        if (!contains(heard, voter)) {
            heard.insert(std::upper_bound(heard.begin(), heard.end(), voter), voter);
        }
    }
    return heard;
}

// Those whose own list has a majority among those heard, and among those of them that would follow:
// whoever is ahead refuses, and asks for another round, which would come to the same. The list need
// not name the leader: what a majority of it may have committed is in the log that is furthest, or
// they do not follow. Were such a one passed over, nobody could lead where its vote is needed by
// another's list.
std::vector<NodeId> Replica::Impl::electable() const {
    std::vector<NodeId> nodes_electable;
    for (const auto& [node, said] : round.said()) {
        if (!said.hello.knows_level || seen.outdated(node, said.promise, said.hello)) continue;
        const VoterList heard = heard_of(said.voters);
        if (heard.size() < majority(said.voters)) continue;
        const std::pair end(said.hello.last_view, said.hello.last_index);
        const auto following = std::count_if(heard.begin(), heard.end(), [&](const Voter& voter) {
            const wire::Hello& theirs = round.from(voter.node)->hello;
            return std::pair(theirs.last_view, theirs.last_index) <= end ||
                   planted(Mistake::vote_for_log_behind);
        });
        const bool by_node_list = planted(Mistake::majority_by_node_list);
        const std::size_t needed = majority(by_node_list ? heard : said.voters);
        if (static_cast<std::size_t>(following) >= needed) nodes_electable.push_back(node);
    }
    return nodes_electable;
}

// The one with the highest (last view, last index): on a tie one whose tree is right, then one that
// votes, then the lowest node id.
std::optional<NodeId> Replica::Impl::furthest(const std::vector<NodeId>& candidates) const {
    const auto rank = [this](NodeId node) {
        const Round::Said& said = *round.from(node);
        return std::tuple(said.hello.last_view, said.hello.last_index, !said.hello.damaged,
                          said.votes(node));
    };
    std::optional<NodeId> best;
    for (const NodeId node : candidates) {
        if (!best || rank(node) > rank(*best)) best = node;
    }
    return best;
}

}  // namespace pmx::replica
