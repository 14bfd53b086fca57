// Several replicas in one group whose messages all arrive and whose disks are at once: for what a
// test wants to see of whole protocols, not of single messages.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "replica/test_node.h"

namespace pmx::replica::test {

class Group {
  public:
    struct Member {
        Settings settings;
        std::vector<NodeId> listed;
        bool quorum_by_fewer = false;
        // The disk.
        View promise;
        Base base;
        std::vector<wire::EntryPtr> entries;
        tree::Tree tree_at_base;
        std::vector<std::pair<LogIndex, std::vector<wire::EntryPtr>>> rejected;
        // The daemon; none while it is stopped.
        std::unique_ptr<StateMachine> state;
        std::unique_ptr<Replica> replica;
        std::vector<RequestResults::Applied> answered;
        std::optional<std::string> stopped_with;
        std::size_t installs = 0;
        LogIndex rejected_from;  // by the last of them
        bool renew_disk = false;
    };

    Member& add(std::uint32_t id, std::vector<NodeId> listed) {
        Member& member = members_[NodeId(id)];
        member.settings = new_settings_of(NodeId(id));
        member.settings.node_name = "n" + std::to_string(id);
        member.listed = std::move(listed);
        return member;
    }
    Member& at(std::uint32_t id) { return members_.at(NodeId(id)); }

    void start(std::uint32_t id) {
        Member& member = at(id);
        member.settings.boot = Boot(++boots_);
        member.state = std::make_unique<StateMachine>();
        member.state->tree = member.tree_at_base;
        member.state->results = member.base.results;
        member.state->applied = member.base.index;
        member.state->level = member.base.level;
        member.replica = std::make_unique<Replica>(
            member.settings, Recovered{member.promise, member.base, member.entries}, *member.state);
        step(member, NodesListed{member.listed, member.quorum_by_fewer});
    }
    void stop(std::uint32_t id) {
        at(id).replica.reset();
        at(id).state.reset();
    }
    // Those named reach each other; the rest reach nobody.
    void connect(const std::vector<std::uint32_t>& ids, bool quorate = true) {
        std::vector<NodeId> side;
        for (const std::uint32_t id : ids) {
            if (at(id).replica) side.emplace_back(id);
        }
        for (const NodeId id : side)
            sides_[id] = side;
        for (const NodeId id : side)
            step(members_.at(id), ConfigurationChanged{side, quorate, side});
    }
    void propose(std::uint32_t id, std::uint64_t sequence, const std::string& name) {
        Propose event;
        event.sequence = sequence;
        event.time = wall_from_ns(2'000'000'000);
        event.op = tree::encode(tree::MakeDirectory{{tree::root_inode, name}});
        step(at(id), std::move(event));
    }
    // Messages and time pass until nothing more is said, at most `limit` of time.
    void settle(std::chrono::milliseconds limit = std::chrono::seconds(5)) {
        const MonotonicTime end = now_ + limit;
        while (now_ < end) {
            deliver_all();
            now_ += std::chrono::milliseconds(100);
            for (auto& [id, member] : members_) {
                if (member.replica) step(member, Tick{});
            }
        }
        deliver_all();
    }
    [[nodiscard]] bool has(std::uint32_t id, const std::string& name) {
        return at(id).state->tree.child(tree::root_inode, name) != nullptr;
    }
    void step(Member& member, Event event) {
        Actions actions = member.replica->step(std::move(event), now_);
        carry_out(member, std::move(actions));
    }

  private:
    void carry_out(Member& member, Actions actions) {
        const NodeId id = member.settings.node;
        if (actions.adopt_cluster) member.settings.cluster = *actions.adopt_cluster;
        if (actions.save_promise) member.promise = *actions.save_promise;
        if (!actions.rejected.empty()) {
            member.rejected.emplace_back(*actions.cut_after, actions.rejected);
        }
        if (actions.cut_after) {
            member.entries.resize(actions.cut_after->value - member.base.index.value);
        }
        std::optional<LogIndex> flushed;
        for (const wire::EntryPtr& entry : actions.append) {
            member.entries.push_back(entry);
            flushed = entry->index;
        }
        for (std::string& message : actions.multicast) {
            for (const NodeId to : sides_[id])
                inbox_.push_back({to, id, message});
        }
        for (const wire::EntryPtr& entry : actions.committed)
            member.state->apply(*entry);
        for (const Answered& answer : actions.answered)
            member.answered.push_back(answer.applied);
        if (actions.stop) member.stopped_with = actions.stop;
        member.renew_disk = member.renew_disk || actions.renew_disk;
        if (actions.install) install(member, *actions.install);
        if (actions.save_promise) step(member, PromiseFlushed{*actions.save_promise});
        if (flushed) step(member, LogFlushed{*flushed});
    }

    void install(Member& member, const Install& install) {
        ++member.installs;
        member.rejected_from = install.reject_from;
        if (!install.above_applied.empty()) {
            member.rejected.emplace_back(install.reject_from, install.above_applied);
        }
        member.base = install.base;
        member.entries.clear();
        member.tree_at_base = tree::tree_with(member.state->tree, install.changed, install.removed,
                                              install.cluster_log)
                                  .value();
        member.state->tree = member.tree_at_base;
        member.state->results = install.base.results;
        member.state->applied = install.base.index;
        member.state->level = install.base.level;
        member.state->digest_taken.reset();
        step(member, SnapshotInstalled{install.base.index});
    }

    void deliver_all() {
        for (int i = 0; i < 100'000 && !inbox_.empty(); ++i) {
            const Arriving message = std::move(inbox_.front());
            inbox_.pop_front();
            Member& to = members_.at(message.to);
            const auto& side = sides_[message.to];
            const bool reaches = std::find(side.begin(), side.end(), message.from) != side.end();
            if (to.replica && reaches) step(to, MessageReceived{message.from, message.bytes});
        }
        ASSERT_TRUE(inbox_.empty()) << "they never stop talking";
    }

    struct Arriving {
        NodeId to;
        NodeId from;
        std::string bytes;
    };
    std::map<NodeId, Member> members_;
    std::map<NodeId, std::vector<NodeId>> sides_;
    std::deque<Arriving> inbox_;
    MonotonicTime now_ = start_time;
    std::uint64_t boots_ = 0;
};

}  // namespace pmx::replica::test
