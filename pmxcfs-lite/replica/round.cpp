#include "replica/round.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace pmx::replica {

const Round::Said* Round::from(NodeId node) const {
    const auto said = said_.find(node);
    return said == said_.end() ? nullptr : &said->second;
}

bool Round::all_of(const std::vector<NodeId>& members) const {
    return std::all_of(members.begin(), members.end(),
                       [this](NodeId node) { return from(node) != nullptr; });
}

bool Round::majority_of(const VoterList& voters) const {
    const auto present = std::count_if(voters.begin(), voters.end(), [this](const Voter& voter) {
        const Said* said = from(voter.node);
        return said != nullptr && said->hello.disk == voter.disk;
    });
    return static_cast<std::size_t>(present) >= majority(voters);
}

NodeId Round::most_advanced(const VoterList& voters) const {
    NodeId best;
    std::pair<View, LogIndex> best_log;
    for (const auto& [node, said] : said_) {
        if (!contains(voters, {node, said.hello.disk})) continue;
        const std::pair log(said.hello.last_view, said.hello.last_index);
        if (best == NodeId() || log > best_log) {
            best = node;
            best_log = log;
        }
    }
    return best;
}

VoterList Round::empty_founders(const std::vector<NodeId>& founders) const {
    VoterList voters;
    for (const NodeId node : founders) {
        const Said* said = from(node);
        if (said == nullptr || said->hello.last_index != LogIndex()) return {};
        voters.push_back({node, said->hello.disk});
    }
    return voters;
}

View Round::next_view(NodeId leader) const {
    View highest;
    for (const auto& [node, said] : said_)
        highest = std::max(highest, said.promise);
    PMX_CHECK(highest.number < wire::max_view_number, "view numbers are used up");
    return {highest.era, highest.number + 1, leader};
}

}  // namespace pmx::replica
