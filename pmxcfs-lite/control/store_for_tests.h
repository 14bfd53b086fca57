// A store in memory for this folder's tests: a real tree, changes applied at once.
#pragma once

#include <algorithm>
#include <deque>
#include <mutex>
#include <shared_mutex>

#include "ports/store.h"
#include "tree/layout.h"

namespace pmx::control {

class StoreForTests : public ports::Store {
  public:
    StoreForTests() {
        for (const char* path : {"nodes", "nodes/one", "nodes/one/qemu-server", "nodes/one/priv",
                                 "priv", "priv/lock"}) {
            make_directory(path);
        }
        told.replica.open_view = View{.era = {}, .number = 7, .leader = StoreForTests::node()};
    }

    // What submit and sync answer instead of doing it; ok: they do it.
    Code refuse_with = Code::ok;
    // Completions are kept in `held` instead of being called.
    bool hold = false;
    std::deque<Completion> held;
    // The tree changes under the caller's feet: called once, before the next submit applies.
    std::function<void()> before_next_submit;
    std::string read_only_reason;
    std::uint32_t level_in_force = replica::highest_level;
    // What status() and membership() tell; identity, writable and the like are filled in.
    ports::StoreStatus told;
    std::vector<ports::HistoryRecord> records;  // oldest first
    std::vector<ports::RejectedChange> lost;

    void make_directory(const std::string& path) {
        apply(tree::MakeDirectory{.at = {.path = path}}, {});
    }
    void write_file(const std::string& path, const std::string& content) {
        tree::WriteFile write{.at = {.path = path}, .create = true, .edits = {}, .mtime = {}};
        write.edits.push_back({.kind = tree::Edit::Kind::truncate, .offset = 0, .bytes = {}});
        write.edits.push_back({.kind = tree::Edit::Kind::write, .offset = 0, .bytes = content});
        apply(write, {});
    }
    void change(const tree::Op& op) { apply(op, {}); }
    [[nodiscard]] std::string content_of(const std::string& path) const {
        const auto view = read();
        const auto node = view->resolve({.path = path});
        return node && (*node)->content ? *(*node)->content : "(no file)";
    }

    [[nodiscard]] ports::TreeView read() const override { return {mutex_, tree_}; }

    void force_quorum(wire::Actor /*actor*/, Completion done) override {
        done({.result = Code::not_supported, .index = {}, .inode = {}});
    }
    Result<void> found_cluster() override {
        told.identity.mode = ports::Mode::cluster;
        return {};
    }
    Result<std::vector<ports::RejectedChange>> rejected() override { return lost; }
    Result<void> forget_rejected(std::vector<RequestId> requests) override {
        std::erase_if(lost, [&](const ports::RejectedChange& change) {
            return std::find(requests.begin(), requests.end(), change.request) != requests.end();
        });
        return {};
    }
    void submit(tree::Op op, wire::Actor actor, Patience /*patience*/, Completion done) override {
        if (auto change = std::exchange(before_next_submit, nullptr)) change();
        if (hold) {
            held.push_back(std::move(done));
        } else if (refuse_with != Code::ok) {
            done({.result = refuse_with, .index = {}, .inode = {}});
        } else {
            done(apply(op, actor));
        }
    }

    void sync(Completion done) override {
        if (hold) {
            held.push_back(std::move(done));
        } else {
            done({.result = refuse_with, .index = index_, .inode = {}});
        }
    }

    [[nodiscard]] std::uint32_t level() const override { return level_in_force; }
    [[nodiscard]] Code writable() const override { return refuse_with; }

    [[nodiscard]] ports::StoreStatus status() const override {
        ports::StoreStatus status = told;
        status.identity.node = node();
        status.identity.node_name = name_;
        status.applied = index_;
        status.totals = tree_.totals();
        status.writable = refuse_with;
        status.read_only_reason = read_only_reason;
        status.last_failure = {"priv/secret: no space", wall_from_ns(1)};
        return status;
    }

    [[nodiscard]] ports::Membership membership() const override { return told.membership; }

    [[nodiscard]] NodeId node() const override { return NodeId(1); }
    [[nodiscard]] const std::string& node_name() const override { return name_; }

    // Ignores include_private, as a store with a fault would.
    Result<std::vector<ports::HistoryRecord>> history(const ports::HistoryQuery& query) override {
        std::vector<ports::HistoryRecord> found;
        for (auto record = records.rbegin(); record != records.rend(); ++record) {
            const std::string& path = record->change.path;
            const bool wanted =
                !query.path || path == *query.path || path.starts_with(*query.path + "/");
            if (wanted && record->index < query.before && found.size() < query.limit) {
                found.push_back(*record);
            }
        }
        return found;
    }

  private:
    ports::SubmitResult apply(const tree::Op& op, const wire::Actor& actor) {
        const std::unique_lock lock(mutex_);
        index_ = next(index_);
        const WallTime time = wall_from_ns(static_cast<std::int64_t>(index_.value) * 1'000'000'000);
        tree::Outcome outcome = tree_.apply(op, {.index = index_, .time = time, .node = node()});
        for (std::uint32_t i = 0; i < outcome.changes.size(); ++i) {
            records.push_back({.index = index_,
                               .ordinal = i,
                               .view = {},
                               .request = {.node = node(), .boot = {}},
                               .time = time,
                               .actor = actor,
                               .change = outcome.changes[i]});
        }
        return {.result = outcome.result, .index = index_, .inode = outcome.inode};
    }

    mutable std::shared_mutex mutex_;
    tree::Tree tree_;
    LogIndex index_;
    const std::string name_ = "one";
};

}  // namespace pmx::control
