// The replicated log as a pure state machine: step(event, now) -> actions.
//
// It knows no disk, network, clock or thread. The caller (engine/, or the simulator) carries the
// actions out and reports back with events. LOG of one node: a view of one voter, the same code.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "replica/base.h"
#include "replica/state_machine.h"
#include "tree/cluster_log.h"
#include "tree/tree.h"
#include "wire/entry.h"

namespace pmx::replica {

// What the disk held when the daemon started.
struct Recovered {
    View promise;                         // the highest view this node agreed to follow
    Base base;                            // of the checkpoint; all up to it is committed
    std::vector<wire::EntryPtr> entries;  // base.index + 1 onwards, without a gap
    // Of a snapshot that was being fetched: need not be fetched again where they still fit.
    std::vector<tree::Node> aside = {};
};

struct Settings {
    NodeId node;
    DiskId disk;
    Boot boot;
    ClusterId cluster;  // all zero: a new database, which takes part in founding one or adopts one
    std::string node_name;
    WallTime started;  // of this daemon run; the time of entries that no caller asked for
    std::uint32_t highest_level = replica::highest_level;  // whose rules this program knows
};

// Events ------------------------------------------------------------------------------------------

struct ConfigurationChanged {
    std::vector<NodeId> members;  // whose daemons are in the group; sorted, this node among them
    bool quorate = false;
    std::vector<NodeId> nodes = {};  // in corosync's membership, daemon or not; sorted
};
// The nodes that the administrator wants in the cluster. They form it together, once all of them
// are present with an empty database; later the leader moves the voters towards them.
struct NodesListed {
    std::vector<NodeId> nodes;     // sorted
    bool quorum_by_fewer = false;  // two_node, or a quorum device
};
// The administrator says that the members present go on without the others.
struct ForceQuorum {
    WallTime time;  // of the mark in the log
    wire::Actor actor;
};
struct MessageReceived {
    NodeId sender;
    std::string bytes;
};
// Entries up to here, appended in answer to Actions::append, are durable.
struct LogFlushed {
    LogIndex up_to;
};
// None of the entries from here on could be stored (the disk is full); nothing of them is on disk,
// and of what was appended behind them nothing will be: the next append starts at `from` again. Nor
// is a promise that waited with them.
struct LogAppendFailed {
    LogIndex from;
};
struct PromiseFlushed {
    View promise;
};
// Actions::install is on disk and `state` stands at it.
struct SnapshotInstalled {
    LogIndex index;
};
// There was no room for it (the disk is full); nothing has changed.
struct SnapshotRefused {};
// A change this node's callers want. The result comes as a committed entry with this request id, or
// in Actions::refused.
struct Propose {
    std::uint64_t sequence = 0;                      // of this boot; never used twice
    wire::EntryKind kind = wire::EntryKind::change;  // change or barrier
    WallTime time;
    wire::Actor actor;
    std::string op;
};
struct Tick {};  // time passed; sent when Actions::wake_at has come, and at least every second

using Event = std::variant<ConfigurationChanged, NodesListed, ForceQuorum, MessageReceived,
                           LogFlushed, LogAppendFailed, PromiseFlushed, SnapshotInstalled,
                           SnapshotRefused, Propose, Tick>;

// Actions, carried out in this order ----------------------------------------------------------

struct Refused {
    std::uint64_t sequence = 0;
    Code reason = Code::read_only;
};

// Puts a snapshot in the place of tree and log, in one transaction. SnapshotInstalled or
// SnapshotRefused answers it; until then nothing is committed or appended.
struct Install {
    Base base;  // the log begins anew after it
    std::vector<tree::Node>
        changed;  // what differs from the tree at state.applied; children unused
    std::vector<Inode> removed;
    tree::ClusterLog cluster_log;
    // What this log holds from here on is not in the one that comes, and goes to `rejected` but for
    // what base.results knows as done: entries up to state.applied were committed here, in an era
    // that lost.
    LogIndex reject_from;
    std::vector<wire::EntryPtr> above_applied;  // what followed state.applied, in order
    // What was applied here and is not in what comes, by the results: all of it. Of some of it no
    // entry may be left here, as that came with a snapshot or was forgotten. It is listed, too.
    std::vector<RequestResults::Lost> lost;
};

struct Answered {
    std::uint64_t sequence = 0;
    RequestResults::Applied applied;
};

struct Actions {
    // Of a new database: the cluster it belongs to from now on; in the transaction below.
    std::optional<ClusterId> adopt_cluster;
    // One transaction, in this order: the promise, the cut, the entries. PromiseFlushed and
    // LogFlushed answer it; nothing that claims durability is in `multicast` before they came.
    std::optional<View> save_promise;
    std::optional<LogIndex> cut_after;  // entries above this are forgotten first; with append only
    std::vector<wire::EntryPtr> append;
    // What followed state.applied before `cut_after`, in order. What the cut takes away of it goes
    // to `rejected` in the same transaction, until an entry with the same request id commits.
    std::vector<wire::EntryPtr> rejected;
    std::optional<Install> install;
    // Pieces of a snapshot: may be lost in a crash, and are forgotten with the next `install`.
    std::vector<tree::Node> keep_aside;

    std::vector<std::string> multicast;     // encoded messages, in order
    std::vector<wire::EntryPtr> committed;  // apply these, in order, each once
    std::vector<Refused> refused;           // proposals that will never be entries
    std::vector<Answered> answered;         // proposals that a snapshot shows to be done
    std::optional<MonotonicTime> wake_at;   // send Tick then, if nothing comes earlier

    // This disk is an old copy of one that peers know to be further on: it needs a new disk id, and
    // the daemon a new start.
    bool renew_disk = false;
    // The daemon must end without writing more: what cannot be has happened. A sentence.
    std::optional<std::string> stop;
};

// What is known of another member of the group, or of a voter that is away.
struct Peer {
    NodeId node;
    std::string name;  // empty: never heard
    bool present = false;
    bool voter = false;
    bool in_step = false;  // as far as it has said in this view
    LogIndex durable;      // likewise
    std::uint32_t highest_level = 0;
    // Why it cannot be one of us, in words with what to do; empty: it can.
    std::string refusal;
};

struct CatchingUp {
    bool snapshot = false;  // else the tail of the log
    NodeId from;
    std::uint64_t done = 0;   // inodes of a snapshot, entries of a tail
    std::uint64_t total = 0;  // 0: not known yet
};

// Digests of the tree compared at one index.
struct Scrub {
    LogIndex index;                 // the last one compared
    std::vector<NodeId> differing;  // from the majority
    bool without_majority = false;  // they differ, and nobody can say who is right
};

// A voter that is known to have had entries which this log lacks.
struct Ahead {
    NodeId node;
    LogIndex last;
};

struct Status {
    View promise;
    std::optional<View> open_view;  // accepted by a majority, its first entry appended
    bool leading = false;
    bool quorate = false;
    LogIndex last;     // of the log
    LogIndex durable;  // on this disk
    LogIndex committed;
    std::uint32_t level = 1;
    VoterList voters;
    std::vector<NodeId> members;
    std::vector<NodeId> listed;  // by the administrator
    std::vector<Peer> peers;     // by node id; this node is not among them
    std::optional<CatchingUp> catching_up;
    bool in_step = false;
    Scrub scrub;
    // No view is open: whom it waits for, and since when; sorted.
    std::vector<NodeId> waiting_for;
    bool forcing = false;  // the administrator said that those present go on; until a view opens
    std::optional<MonotonicTime> view_lost;
    std::optional<Ahead> ahead;
    std::size_t in_flight_requests = 0;
    std::size_t in_flight_bytes = 0;
};

class Replica {
  public:
    // `state` is what committed entries are applied to; read inside step() only, so that the leader
    // can judge locks and repeated requests. It outlives the replica and stands at the last
    // committed entry whenever step() is called.
    Replica(const Settings& settings, Recovered recovered, const StateMachine& state);
    ~Replica();
    Replica(const Replica&) = delete;
    Replica& operator=(const Replica&) = delete;

    [[nodiscard]] Actions step(Event event, MonotonicTime now);
    [[nodiscard]] Status status() const;
    // Why a write would fail now, or Code::ok: read_only without quorum or without an open view
    // for 3 s; busy when too much is in flight.
    [[nodiscard]] Code writable(MonotonicTime now) const;

    // A checkpoint at `base` is on disk: entries up to it need not be kept in memory.
    void rebase(const Base& base);
    // The base at state.applied, for a checkpoint.
    [[nodiscard]] Base base() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace pmx::replica
