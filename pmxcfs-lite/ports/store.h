// The store as the mount and the control socket see it: a tree to read, a place to send changes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "ports/group_channel.h"
#include "ports/invalidator.h"
#include "ports/local_problems.h"
#include "ports/log_store.h"
#include "replica/replica.h"
#include "tree/op.h"
#include "tree/tree.h"
#include "wire/entry.h"

namespace pmx::ports {

// Holds the tree still while it lives. Keep it short: commits wait for it. Never call submit() or
// block while holding one.
class TreeView {
  public:
    TreeView(std::shared_mutex& mutex, const tree::Tree& tree) : lock_(mutex), tree_(&tree) {}
    const tree::Tree& operator*() const { return *tree_; }
    const tree::Tree* operator->() const { return tree_; }

  private:
    std::shared_lock<std::shared_mutex> lock_;
    const tree::Tree* tree_;
};

struct SubmitResult {
    Code result = Code::ok;
    LogIndex index;  // 0 when it never became an entry
    Inode inode;     // the node created or changed
};

// Who belongs to the cluster and who is here, as the group's service says.
struct Membership {
    NodeList list;                // who the administrator wants
    Configuration configuration;  // who is here
    // When those left who were here and are not; who is in neither was not seen since the daemon
    // started.
    std::map<NodeId, WallTime> left;
    std::uint64_t version = 0;  // grows with every change of what stands here
};

struct Failure {
    std::string text;  // a sentence for a person
    WallTime time;
};

struct StoreStatus {
    Identity identity;
    Membership membership;
    replica::Status replica;
    MonotonicTime taken;  // when all of this was so, by the clock of replica.view_lost
    LogIndex applied;
    tree::Totals totals;
    std::size_t rejected_requests = 0;  // whose changes lost out and stand in rejected()
    Code writable = Code::ok;
    // Why this daemon would not write whatever the cluster is like, in a sentence for a person with
    // what would mend it. Empty: it would.
    std::string read_only_reason;
    std::optional<Failure> last_failure;
    std::vector<std::string> warnings;  // sentences for a person: a clock that is off
    WallTime started;
};

class Store {
  public:
    // Exactly once, on the loop thread, after the tree shows the change. Must not wait.
    using Completion = std::function<void(const SubmitResult&)>;

    virtual ~Store() = default;

    [[nodiscard]] virtual TreeView read() const = 0;

    // Any thread. Fails at once with read_only when no write can succeed; gives timed_out when
    // nothing was committed within the write timeout (the entry may still come to be). What was
    // begun while a write could succeed may be `patient`: it waits for quorum to come back, as
    // long.
    enum class Patience : bool { none, patient };
    virtual void submit(tree::Op op, wire::Actor actor, Patience patience, Completion done) = 0;

    // A barrier through the log: answered when this node shows all that was acknowledged anywhere
    // before the call. Any thread. Unlike submit it waits for a view to open, an hour at most; who
    // cannot wait so long has a time-out of their own.
    virtual void sync(Completion done) = 0;

    // Whose rules are in force (replica/base.h): what is of a higher one would be refused.
    [[nodiscard]] virtual std::uint32_t level() const = 0;

    // What submit would answer at once, for open(2).
    [[nodiscard]] virtual Code writable() const = 0;

    // May wait for the loop, two seconds at most.
    [[nodiscard]] virtual StoreStatus status() const = 0;
    // Never waits for anything.
    [[nodiscard]] virtual Membership membership() const = 0;
    [[nodiscard]] virtual NodeId node() const = 0;
    [[nodiscard]] virtual const std::string& node_name() const = 0;

    // The members present go on without the others: for the last surviving node. Answered when an
    // open view has its mark in the log, or timed_out.
    virtual void force_quorum(wire::Actor actor, Completion done) = 0;

    // This node alone becomes the first of a cluster, with the files it has: on disk when it
    // returns ok, and in force from the next start on. May wait for the disk. Code::already_exists
    // on a member of a cluster.
    virtual Result<void> found_cluster() = 0;

    // The changes of this node that lost out; forgetting is the administrator's. May wait for the
    // disk.
    virtual Result<std::vector<RejectedChange>> rejected() = 0;
    virtual Result<void> forget_rejected(std::vector<RequestId> requests) = 0;

    // Newest first, what is committed but not yet in a checkpoint included. May wait for the disk.
    virtual Result<std::vector<HistoryRecord>> history(const HistoryQuery& query) = 0;

    // What putting files of the mount into effect on this node came to, for those who show it.
    [[nodiscard]] LocalProblems& local_problems() const { return local_problems_; }

  private:
    mutable LocalProblems local_problems_;
};

}  // namespace pmx::ports
