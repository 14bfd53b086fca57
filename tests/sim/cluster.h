// Nodes in one process: each runs the daemon's replica and tree over a simulated disk, all share a
// simulated network. Nothing happens by itself: whoever drives the cluster says what happens next.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "replica/replica.h"
#include "tests/sim/checks/log_check.h"
#include "tests/sim/checks/quorum_check.h"
#include "tests/sim/checks/rejected_check.h"
#include "tests/sim/checks/tree_check.h"
#include "tests/sim/disk.h"
#include "tests/sim/network.h"
#include "tests/sim/random.h"
#include "tests/sim/trace.h"
#include "tests/sim/workload.h"

namespace pmx::sim {

// What the disk did, not handed to the daemon yet.
struct CheckpointStored {
    replica::Base base;
};
struct SnapshotStored {
    replica::Base base;
    Stored stored;
};
using Report =
    std::variant<replica::PromiseFlushed, replica::LogFlushed, CheckpointStored, SnapshotStored>;

struct Daemon {  // what a crash takes away
    replica::StateMachine state;
    std::unique_ptr<replica::Replica> replica;
    Boot boot;
    std::uint32_t highest_level = 1;
    std::uint64_t last_sequence = 0;
    std::map<std::uint64_t, Call> calls;  // not answered yet
    std::optional<MonotonicTime> wake_at;
    MonotonicTime last_tick;
    std::vector<Report> reports;
    wire::Chain chain{};                           // at state.applied
    replica::VoterList voters;                     // likewise
    std::uint32_t level = 1;                       // likewise
    MonotonicTime state_since;                     // when it came from the disk or as a snapshot
    std::map<LogIndex, MonotonicTime> applied_at;  // what was applied since
    std::optional<ClusterId> adopted;              // until it is on the disk
    std::vector<wire::EntryPtr> rejected;          // that a full disk did not take
    bool checkpointing = false;
    bool installing = false;
};

struct Node {
    NodeId id;
    Disk disk;
    std::unique_ptr<Daemon> daemon;
    bool hung = false;
    bool disk_hangs = false;
    bool tree_damaged = false;               // a bit flipped, which a scrub is to find
    std::uint32_t highest_level = 1;         // of the program that its next start runs
    std::chrono::nanoseconds ahead{0};       // of its monotonic clock
    std::chrono::nanoseconds wall_ahead{0};  // of its wall clock
    [[nodiscard]] bool runs() const { return daemon != nullptr && !hung; }
};

class Cluster {
  public:
    // `nodes` exist, `list` is what the administrator wants in the cluster.
    Cluster(Random& random, Trace& trace, Checks judged, std::size_t nodes, NodeList list,
            bool eras_may_change);

    [[nodiscard]] std::vector<Node>& nodes() { return nodes_; }
    [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
    [[nodiscard]] Node& node(NodeId id) { return nodes_[id.value - 1]; }
    [[nodiscard]] const Node& node(NodeId id) const { return nodes_[id.value - 1]; }
    [[nodiscard]] Network& network() { return network_; }
    [[nodiscard]] const Network& network() const { return network_; }
    [[nodiscard]] Workload& workload() { return workload_; }
    [[nodiscard]] const NodeList& list() const { return list_; }
    [[nodiscard]] const LogCheck& log() const { return log_check_; }
    // Every list of voters that a log was given, committed or not.
    [[nodiscard]] const std::vector<wire::EntryPtr>& lists_ordered() const {
        return lists_ordered_;
    }
    [[nodiscard]] Violations& violations() { return violations_; }
    [[nodiscard]] const Violations& violations() const { return violations_; }
    [[nodiscard]] bool bit_flipped() const { return bit_flipped_; }
    // A run goes on.
    [[nodiscard]] bool ok() const { return !violations_.first() && steps_ <= max_steps; }
    void pass(std::chrono::nanoseconds time);

    // Faults; cluster_faults.cpp.
    void power_on(Node& node);  // and starts the daemon
    void power_off(Node& node);
    void kill(Node& node);  // the daemon alone
    void start(Node& node);
    void partition(const std::map<NodeId, int>& sides);
    void change_list(NodeList list);
    void fill_disk(Node& node);
    void lose_disk(Node& node);  // of a node whose daemon is down
    void put_back(Node& node, Platter old);
    void rename_disk(Node& node);  // as whoever restores a backup does
    void flip_bit(Node& node);
    void force_quorum(Node& node);

    // Work, one step of a node each; false when there was nothing to do.
    bool deliver(Node& node);
    bool flush(Node& node);
    bool hand_over_report(Node& node);
    bool tick(Node& node);
    void checkpoint(Node& node);
    void propose(Node& node, Call call);
    void give_up_oldest(Node& node);  // the caller's patience ends; it asks again
    // All that a node would do now, were it alone with its disk and what it was sent.
    void work(Node& node);

    // The end of a run: what the checks can say only then; some of it only of nodes at rest.
    void check_end(bool at_rest);

  private:
    [[nodiscard]] MonotonicTime clock_of(const Node& node) const { return now_ + node.ahead; }
    [[nodiscard]] WallTime wall_of(const Node& node) const;
    [[nodiscard]] std::vector<const Platter*> platters() const;
    DiskId new_disk_id();
    void end_daemon(Node& node);

    // Carrying out what a replica decides, as engine/ does; cluster_steps.cpp.
    void step(Node& node, replica::Event event);
    void carry_out(Node& node, replica::Actions actions);
    void persist(Node& node, replica::Actions& actions);
    void check_ordered(const Node& node, const wire::Entry& entry);
    void check_said(const Node& node, const std::string& bytes);
    Disk::Flushed flush_one(Node& node);
    void prepare_install(Node& node, Batch& batch);
    void apply(Node& node, const std::vector<wire::EntryPtr>& entries);
    bool apply_one(Node& node, const Era& era, const Era& counted_in, const wire::EntryPtr& entry);
    void check_quorum(const Node& node, const Era& era, const wire::Entry& last);
    void answer(Node& node, std::uint64_t sequence, const tree::Outcome& outcome);
    void forget_rejected(Node& node, const std::vector<wire::EntryPtr>& applied);
    void installed(Node& node, const SnapshotStored& snapshot);
    void refuse_waiting(Node& node);

    Random& random_;
    Trace& trace_;
    Violations violations_;
    LogCheck log_check_;
    QuorumCheck quorum_check_{violations_, log_check_};
    TreeCheck tree_check_{violations_};
    RejectedCheck rejected_check_{violations_};
    Workload workload_;
    Network network_;
    std::vector<Node> nodes_;
    NodeList list_;
    std::vector<wire::EntryPtr> lists_ordered_;
    // Some 1,200 make a run, and 20,000 a long one: more is a cluster that chases its own tail.
    static constexpr std::uint64_t max_steps = 100'000;
    std::uint64_t steps_ = 0;
    MonotonicTime now_{std::chrono::hours(1)};
    std::uint64_t boots_ = 0;
    std::uint64_t disks_ = 0;
    bool bit_flipped_ = false;  // trees may differ until a scrub has mended them
};

}  // namespace pmx::sim
