// One seeded run of a cluster: nodes crash, hang, are cut off and run out of disk, while callers
// save; then everything is mended, and all must come to rest in agreement.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "replica/replica.h"
#include "tests/sim/checker.h"
#include "tests/sim/disk.h"
#include "tests/sim/network.h"
#include "tests/sim/random.h"

namespace pmx::sim {

struct Plan {
    std::uint64_t seed = 1;
    std::size_t nodes = 3;
    std::size_t steps = 500;
};

struct Report {
    std::optional<std::string> violation;
    std::size_t acknowledged = 0;
    std::uint64_t entries = 0;
};

class Cluster {
  public:
    explicit Cluster(const Plan& plan);
    Report run();

  private:
    struct Daemon {  // what a crash takes away
        replica::StateMachine state;
        std::unique_ptr<replica::Replica> replica;
        Boot boot;
        std::uint64_t last_sequence = 0;
        std::map<std::uint64_t, bool> unanswered;
        std::optional<MonotonicTime> wake_at;
        MonotonicTime last_tick;
    };
    struct Node {
        NodeId id;
        Disk disk;
        std::unique_ptr<Daemon> daemon;
        bool hung = false;
        std::vector<replica::Event> reports;  // of the disk, not handed to the daemon yet
        [[nodiscard]] bool runs() const { return daemon != nullptr && !hung; }
    };

    // Faults.
    void fault();
    void start(Node& node);
    void crash(Node& node);
    void cut_network();
    // Fetching, until the replica does it itself: a follower of an open view stores the leader's
    // log and starts again with it.
    void catch_up(Node& node);

    // Work.
    void act();
    void run_some_normally();
    void work(Node& node);
    void deliver(Node& node);
    void flush(Node& node, bool full);
    void hand_over_reports(Node& node);
    void tick(Node& node);
    void propose(Node& node);
    void step(Node& node, replica::Event event);

    void mend_all();
    void settle();
    [[nodiscard]] bool at_rest() const;
    Node* leader_of(const Node& follower);

    Plan plan_;
    Random random_;
    std::vector<Node> nodes_;
    Network network_;
    Checker checker_;
    MonotonicTime now_{std::chrono::hours(1)};
    std::uint64_t boots_ = 0;
};

}  // namespace pmx::sim
