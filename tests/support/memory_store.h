// A Store over a tree in memory, with a loop thread like the real one's: for tests and benchmarks
// of what stands on ports::Store. Nothing of it is durable.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "ports/invalidator.h"
#include "ports/store.h"
#include "tree/tree.h"

namespace pmx::test {

class MemoryStore final : public ports::Store {
  public:
    // A fresh store as the daemon makes it: priv/lock and nodes/<node name>/... The invalidator
    // outlives the store.
    explicit MemoryStore(ports::Invalidator& invalidator, std::string node_name = "node1");
    ~MemoryStore() override;

    [[nodiscard]] ports::TreeView read() const override { return {tree_mutex_, tree_}; }
    void submit(tree::Op op, wire::Actor actor, Patience patience, Completion done) override;
    void force_quorum(wire::Actor /*actor*/, Completion done) override {
        done({.result = Code::not_supported, .index = {}, .inode = {}});
    }
    Result<void> found_cluster() override { return fail(Code::not_supported); }
    Result<std::vector<ports::RejectedChange>> rejected() override {
        return std::vector<ports::RejectedChange>{};
    }
    Result<void> forget_rejected(std::vector<RequestId> /*requests*/) override { return {}; }
    void sync(Completion done) override;
    [[nodiscard]] std::uint32_t level() const override { return level_; }
    [[nodiscard]] Code writable() const override;
    [[nodiscard]] ports::StoreStatus status() const override;
    [[nodiscard]] ports::Membership membership() const override;
    [[nodiscard]] NodeId node() const override { return NodeId(1); }
    [[nodiscard]] const std::string& node_name() const override { return node_name_; }
    Result<std::vector<ports::HistoryRecord>> history(const ports::HistoryQuery& query) override;

    // As another node's or pmxctl's change; waits until it is applied.
    ports::SubmitResult apply(tree::Op op);

    // Commits wait from here on, as without quorum; then they go on in order.
    void hold();
    void go_on();
    // What the next commit ends with, without effect.
    void fail_next(Code code);
    // What submit() answers at once; Code::ok: it works.
    void set_writable(Code code);
    // As in a cluster where not all programs know what this one does.
    void set_level(std::uint32_t level) { level_ = level; }
    void set_membership(ports::Membership membership);

    struct Logged {
        tree::Op op;
        wire::Actor actor;
        Code result = Code::ok;
    };
    [[nodiscard]] std::vector<Logged> entries() const;
    void forget_entries();
    // Benchmarks: keep no entries at all.
    void keep_entries(bool keep);
    // Wait until so many entries are there, or so many submitted ones wait; false when that did not
    // come within ten seconds.
    bool wait_for_entries(std::size_t count) const;
    bool wait_for_waiting(std::size_t count) const;

  private:
    struct Task {
        std::optional<tree::Op> op;  // none: a barrier
        wire::Actor actor;
        Completion done;
    };
    void enqueue(Task task);
    void run();
    void apply_task(const Task& task);

    ports::Invalidator& invalidator_;
    const std::string node_name_;
    const WallTime started_;

    mutable std::shared_mutex tree_mutex_;
    tree::Tree tree_;
    LogIndex applied_;

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::deque<Task> tasks_;
    std::vector<Logged> entries_;
    Code writable_ = Code::ok;
    Code fail_next_ = Code::ok;
    ports::Membership membership_;
    std::atomic<std::uint32_t> level_ = replica::highest_level;
    bool held_ = false;
    bool keep_entries_ = true;
    bool stopping_ = false;
    std::thread loop_;
};

}  // namespace pmx::test
