// Does harm, as a plan allows: never so much that nobody could keep the promises.
#pragma once

#include <map>

#include "tests/sim/budget.h"
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
    void force_quorum(Node& node);
    void finish_upgrade();

    const Plan& plan_;
    Cluster& cluster_;
    Random& random_;
    std::map<NodeId, Platter> copies_;  // of disks, to be put back
    Budget budget_{cluster_};
};

}  // namespace pmx::sim
