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
#include "wire/entry.h"

namespace pmx::replica {

// What the disk held when the daemon started.
struct Recovered {
    View promise;                         // the highest view this node agreed to follow
    Base base;                            // of the checkpoint; all up to it is committed
    std::vector<wire::EntryPtr> entries;  // base.index + 1 onwards, without a gap
};

struct Settings {
    NodeId node;
    DiskId disk;
    Boot boot;
    ClusterId cluster;
    // The nodes that form the cluster together, once all of them are present with an empty
    // database; sorted. A node alone names itself; empty: never.
    std::vector<NodeId> founders;
    WallTime started;  // of this daemon run; the time of entries that no caller asked for
};

// Events ------------------------------------------------------------------------------------------

struct ConfigurationChanged {
    std::vector<NodeId> members;  // sorted, this node among them
    bool quorate = false;
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
// and of what was appended behind them nothing will be: the next append starts at `from` again.
struct LogAppendFailed {
    LogIndex from;
};
struct PromiseFlushed {
    View promise;
};
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

using Event = std::variant<ConfigurationChanged, MessageReceived, LogFlushed, LogAppendFailed,
                           PromiseFlushed, Propose, Tick>;

// Actions, carried out in this order ----------------------------------------------------------

struct Refused {
    std::uint64_t sequence = 0;
    Code reason = Code::read_only;
};

struct Actions {
    // One transaction, in this order: the promise, the cut, the entries. PromiseFlushed and
    // LogFlushed answer it; nothing that claims durability is in `multicast` before they came.
    std::optional<View> save_promise;
    std::optional<LogIndex> cut_after;  // entries above this are forgotten first; with append only
    std::vector<wire::EntryPtr> append;

    std::vector<std::string> multicast;     // encoded messages, in order
    std::vector<wire::EntryPtr> committed;  // apply these, in order, each once
    std::vector<Refused> refused;           // proposals that will never be entries
    std::optional<MonotonicTime> wake_at;   // send Tick then, if nothing comes earlier
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
