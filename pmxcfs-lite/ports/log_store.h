// The disk under the log. One implementation is SQLite; a test's is memory.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "replica/base.h"
#include "replica/replica.h"
#include "tree/change.h"
#include "tree/tree.h"
#include "wire/entry.h"

namespace pmx::ports {

// Recorded in the database when it is made, changed by `cluster init` and `join` only: a
// corosync.conf that lies about must not turn one node into a cluster, nor a stopped corosync a
// member into a node of its own.
enum class Mode : std::uint8_t { one_node = 1, cluster = 2 };

struct Identity {
    ClusterId cluster;
    DiskId disk;
    NodeId node;
    std::string node_name;
    Mode mode = Mode::one_node;
    friend bool operator==(const Identity&, const Identity&) = default;
};

// One line of history: what one entry did to one file.
struct HistoryChange {
    LogIndex index;
    std::uint32_t ordinal = 0;  // within the entry
    tree::Change change;
};

struct HistoryRecord {
    LogIndex index;
    std::uint32_t ordinal = 0;
    View view;
    RequestId request;  // whose node is the origin
    WallTime time;
    wire::Actor actor;
    tree::Change change;
};

struct HistoryQuery {
    std::optional<std::string> path;  // this file, and when it is a directory all below it
    LogIndex before{UINT64_MAX};      // older than this index
    std::size_t limit = 100;          // records
    bool include_private = false;     // what is root's alone: by its place, or Change::closed
};

// The applied state, written behind the log: entries after base.index are applied again at start,
// those up to it are history and what peers fetch. base.tree_digest tells at load whether the nodes
// are all there and unharmed, whatever happened to rows.
struct Checkpoint {
    replica::Base base;
    std::vector<tree::Node> changed;  // new or changed since the last checkpoint; children unused
    std::vector<Inode> removed;
    std::string cluster_log;  // encoded
    std::vector<HistoryChange> history;
};

// A change that lost out when logs were made equal: kept until it is applied again, or somebody has
// seen enough of it. What it did to one path.
struct RejectedChange {
    RequestId request;
    LogIndex index;             // where it stood in the log that lost
    std::uint32_t ordinal = 0;  // within the entry
    View view;
    WallTime time;
    wire::Actor actor;
    bool committed = false;  // known to have been acknowledged, by nodes of an era that lost
    tree::ChangeKind kind = tree::ChangeKind::modified;
    tree::NodeKind node = tree::NodeKind::file;
    std::string path;
    std::string old_path;     // renamed only
    tree::Withheld withheld;  // after the change
    bool closed = false;      // Change::closed
    std::optional<std::string>
        before;                        // content of a file; none: there was none, or too old to say
    std::optional<std::string> after;  // likewise
};
// All contents together; the oldest make room, with a warning.
inline constexpr std::uint64_t max_rejected_bytes = 64ULL << 20;

// One transaction, in this order.
struct WriteBatch {
    std::optional<Identity> identity;
    std::optional<View> promise;
    std::vector<RejectedChange> reject;
    std::vector<RequestId> no_longer_rejected;
    // Takes the place of tree, base and all of the log; what is kept aside is forgotten.
    std::optional<replica::Install> install;
    std::vector<tree::Node> keep_aside;
    std::optional<LogIndex> cut_after;   // forget entries above this index
    std::vector<wire::EntryPtr> append;  // the first follows the last that is kept
    std::optional<Checkpoint> checkpoint;
    std::optional<LogIndex> forget_up_to;  // entries and history up to here, at most base.index
};

struct StoredState {
    Identity identity;
    replica::Recovered log;  // base: the last checkpoint's; entries: all after it
    // The tree at log.base.index.
    std::vector<tree::Node> nodes;
    tree::ClusterLog cluster_log;
    std::set<RequestId> rejected;
};

class LogStore {
  public:
    virtual ~LogStore() = default;

    // Durable when it returns ok. Code::no_space: nothing of the batch is there, and the store
    // goes on; every other error: what is on disk is unknown, and the daemon must end without
    // writing again. Called from one thread.
    virtual Result<void> write(const WriteBatch& batch) = 0;

    // Newest first. Sees what was written by a checkpoint; safe beside write().
    virtual Result<std::vector<HistoryRecord>> history(const HistoryQuery& query) = 0;

    // One entry of what history keeps; Code::not_found where it is not kept any more. Safe beside
    // write().
    virtual Result<wire::Entry> entry(LogIndex index) = 0;

    // The newest entry that is beyond what history keeps: before `oldest`, or with more than
    // `max_bytes` of entries after it. Index 0: none is.
    virtual Result<LogIndex> beyond(std::uint64_t max_bytes, WallTime oldest) = 0;

    // Oldest first; contents included. Safe beside write().
    virtual Result<std::vector<RejectedChange>> rejected() = 0;

    // The disk is full, or was and has not enough room yet. Removals are written all the same, in a
    // batch of their own. Any thread, like the next one.
    [[nodiscard]] virtual bool short_of_room() const { return false; }
    // Something was removed while the disk is short of room: a checkpoint gives its room back.
    // beyond() then says more than it was asked for, so that the history makes room too.
    [[nodiscard]] virtual bool room_is_due() const { return false; }
};

}  // namespace pmx::ports
