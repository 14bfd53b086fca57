// The store as the mount and the control socket see it: a tree to read, a place to send changes.
#pragma once

#include <functional>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "ports/invalidator.h"
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

struct StoreStatus {
    Identity identity;
    replica::Status replica;
    LogIndex applied;
    tree::Totals totals;
    Code writable = Code::ok;
    std::string read_only_reason;  // a sentence for a person, with what would mend it
    std::optional<std::string> last_failure;
    WallTime started;
};

class Store {
  public:
    // Exactly once, on the loop thread, after the tree shows the change. Must not wait.
    using Completion = std::function<void(const SubmitResult&)>;

    virtual ~Store() = default;

    [[nodiscard]] virtual TreeView read() const = 0;

    // Any thread. Fails at once with read_only when no write can succeed; gives timed_out when
    // nothing was committed within the write timeout (the entry may still come to be).
    virtual void submit(tree::Op op, wire::Actor actor, Completion done) = 0;

    // A barrier through the log: answered when this node shows all that was acknowledged anywhere
    // before the call. Any thread. Unlike submit it waits for a view to open, an hour at most; who
    // cannot wait so long has a time-out of their own.
    virtual void sync(Completion done) = 0;

    // What submit would answer at once, for open(2).
    [[nodiscard]] virtual Code writable() const = 0;

    [[nodiscard]] virtual StoreStatus status() const = 0;
    [[nodiscard]] virtual NodeId node() const = 0;
    [[nodiscard]] virtual const std::string& node_name() const = 0;

    // Newest first, what is committed but not yet in a checkpoint included. May wait for the disk.
    virtual Result<std::vector<HistoryRecord>> history(const HistoryQuery& query) = 0;
};

}  // namespace pmx::ports
