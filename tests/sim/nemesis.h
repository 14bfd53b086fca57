// Does harm, as a plan allows: never so much that nobody could keep the promises.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "tests/sim/cluster.h"
#include "tests/sim/plan.h"
#include "tests/sim/random.h"

namespace pmx::sim {

class Nemesis {
  public:
    Nemesis(const Plan& plan, Cluster& cluster, Random& random)
        : plan_(plan), cluster_(cluster), random_(random) {}

    void strike();
    // All is mended: every node runs, reaches every other, and has a disk that works.
    void make_peace();

  private:
    void strike_with(Fault fault, Node& node);
    void switch_daemon(Node& node);
    void switch_power(Node& node);
    void cut_network();
    void lose_disk(Node& node);
    void old_disk(Node& node);
    void flip_bit(Node& node);
    void leap(Node& node);
    void change_list();
    [[nodiscard]] bool keeps_voters(const NodeList& list) const;
    void force_quorum(Node& node);
    void finish_upgrade();
    [[nodiscard]] std::vector<replica::VoterList> voter_lists() const;
    [[nodiscard]] static replica::VoterList listed_of(replica::VoterList voters,
                                                      const NodeList& list);
    [[nodiscard]] bool era_is_being_founded() const;
    [[nodiscard]] bool can_spare_disk(const Node& node) const;
    [[nodiscard]] std::size_t kept_out(const Node& lost) const;
    [[nodiscard]] replica::VoterList newest_voters() const;

    const Plan& plan_;
    Cluster& cluster_;
    Random& random_;
    std::map<NodeId, Platter> copies_;  // of disks, to be put back
    std::set<NodeId> lost_;             // whose disk was lost or put back at some time
};

}  // namespace pmx::sim
