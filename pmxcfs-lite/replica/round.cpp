#include "replica/round.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace pmx::replica {

void Round::add(NodeId sender, const View& promise, const wire::Hello& hello) {
    said_.insert_or_assign(sender,
                           Said{promise, hello, decode_voters(hello.voters).value_or(VoterList())});
}

const Round::Said* Round::from(NodeId node) const {
    const auto said = said_.find(node);
    return said == said_.end() ? nullptr : &said->second;
}

bool Round::all_of(const std::vector<NodeId>& members) const {
    return std::all_of(members.begin(), members.end(),
                       [this](NodeId node) { return from(node) != nullptr; });
}

bool Round::forced() const {
    return std::any_of(said_.begin(), said_.end(),
                       [](const auto& said) { return said.second.hello.forces_quorum; });
}

Era Round::highest_era() const {
    Era highest;
    for (const auto& [node, said] : said_) {
        if (said.votes(node)) highest = std::max(highest, said.hello.last_view.era);
    }
    return highest;
}

// One of them may have come to an id in an attempt that failed: then it stays with that.
VoterList Round::empty_founders(const std::vector<NodeId>& founders) const {
    VoterList voters;
    const ClusterId agreed = agreed_cluster();
    for (const auto& [node, said] : said_) {
        if (said.hello.last_index != LogIndex()) return {};
    }
    for (const NodeId node : founders) {
        const Said* said = from(node);
        if (said == nullptr) return {};
        const ClusterId& cluster = said->hello.cluster;
        if (cluster != ClusterId() && cluster != agreed) return {};
        voters.push_back({node, said->hello.disk});
    }
    return voters;
}

ClusterId Round::agreed_cluster() const {
    ClusterId highest;
    for (const auto& [node, said] : said_)
        highest = std::max(highest, said.hello.cluster);
    return highest;
}

View Round::next_view(NodeId leader) const {
    View highest;
    for (const auto& [node, said] : said_)
        highest = std::max(highest, said.promise);
    PMX_CHECK(highest.number < wire::max_view_number, "view numbers are used up");
    return {highest.era, highest.number + 1, leader};
}

}  // namespace pmx::replica
