// How much of the voters may be taken: of every list that is in force, or may come to be, a
// majority of the disks must stay, or nobody could keep the promises.
#pragma once

#include <set>
#include <vector>

#include "tests/sim/cluster.h"

namespace pmx::sim {

class Budget {
  public:
    explicit Budget(const Cluster& cluster) : cluster_(cluster) {}

    [[nodiscard]] bool can_spare_disk(const Node& node) const;
    // Whether the administrator may want this list.
    [[nodiscard]] bool allows(const NodeList& list) const;
    // The node's disk was lost or put back.
    void spent(NodeId node) { spent_.insert(node); }

  private:
    [[nodiscard]] bool something_to_lose() const;
    [[nodiscard]] bool era_is_being_founded() const;
    [[nodiscard]] std::vector<replica::VoterList> lists() const;
    [[nodiscard]] std::vector<replica::VoterList> newest_lists() const;
    [[nodiscard]] replica::VoterList newest_voters() const;
    [[nodiscard]] std::size_t needed(std::size_t voters) const;
    [[nodiscard]] bool bears(const replica::VoterList& voters, const NodeList& list,
                             const Node* lost) const;
    [[nodiscard]] std::size_t lost_newcomers(const replica::VoterList& voters, const NodeList& list,
                                             const Node* lost) const;

    const Cluster& cluster_;
    std::set<NodeId> spent_;
};

}  // namespace pmx::sim
