// DURABLE, the commit rule, and a disk that is full.
#include <gtest/gtest.h>

#include "replica/three_nodes.h"

namespace pmx::replica::test {
namespace {

using wire::Durable;

class Leader : public ThreeNodes {
  protected:
    void SetUp() override { lead(); }
    tree::Op op = tree::MakeDirectory{{tree::root_inode, "a"}};
};

class Follower : public ThreeNodes {
  protected:
    void SetUp() override { follow(); }
    const View view = view_of(2, node_2);
};

TEST_F(Leader, CommitsWhatAMajorityHasOnDiskAndAllBefore) {
    const wire::EntryPtr first = node.propose(1, op).append.at(0);
    node.hear(node_2, view_of(2, node_1), durable_from(node_2, first));
    EXPECT_TRUE(node.committed.empty()) << "its own disk has not reported";
    node.flush();
    ASSERT_EQ(node.committed.size(), 7U);
    EXPECT_EQ(node.committed.back()->request.sequence, 1U);
}

TEST_F(Leader, DoesNotCommitOnItsOwnDiskAlone) {
    node.propose(1, op);
    node.flush();
    EXPECT_TRUE(node.committed.empty());
}

TEST_F(Leader, CommitsNoEntryOfAnOlderViewByCounting) {
    node.hear(node_2, view_of(2, node_1), durable_from(node_2, log[4]));
    node.hear(node_3, view_of(2, node_1), durable_from(node_3, log[4]));
    node.flush();
    EXPECT_TRUE(node.committed.empty());
}

TEST_F(Leader, CountsNoReportOfAnotherViewChainOrDisk) {
    const wire::EntryPtr entry = node.propose(1, op).append.at(0);
    node.flush();
    Durable report = durable_from(node_2, entry);
    node.hear(node_2, view_of(1, node_1), report);
    report.chain[5] ^= 1;
    node.hear(node_2, view_of(2, node_1), report);
    report = durable_from(node_2, entry);
    report.disk.bytes[8] = 1;
    node.hear(node_2, view_of(2, node_1), report);
    report = durable_from(node_2, entry);
    report.up_to = LogIndex(99);
    node.hear(node_2, view_of(2, node_1), report);
    EXPECT_TRUE(node.committed.empty());
    node.hear(node_2, view_of(2, node_1), durable_from(node_2, entry));
    EXPECT_EQ(node.committed.size(), 7U);
}

TEST_F(Leader, GivesUpItsViewWhenItsDiskIsFullAndKeepsItsCallersWaiting) {
    node.propose(1, op);
    node.step(LogAppendFailed{LogIndex(6)});
    EXPECT_TRUE(node.refused.empty());
    EXPECT_EQ(node.status().in_flight_requests, 1U);
    EXPECT_FALSE(node.status().open_view);
    EXPECT_EQ(node.status().last, LogIndex(5));
}

TEST_F(Follower, ReportsOnlyWhatIsOnDisk) {
    node.hear(node_2, view, append_of(6, {first_entry_item()}));
    EXPECT_FALSE(node.last_said<Durable>());
    node.flush();
    EXPECT_EQ(std::get<Durable>(node.last_said<Durable>()->payload).up_to, LogIndex(6));
}

TEST_F(Follower, ReportsNothingBeforeItsPromiseIsOnDisk) {
    node.hear(node_3, view_of(3, node_3), view_from(5));
    accept_from(node_2, view_of(3, node_3));
    accept_from(node_3, view_of(3, node_3));
    node.said.clear();
    node.hear(node_3, view_of(3, node_3), append_of(6, {first_entry_item()}));
    node.step(LogFlushed{LogIndex(6)});
    EXPECT_FALSE(node.last_said<Durable>());
    node.step(PromiseFlushed{view_of(3, node_3)});
    EXPECT_TRUE(node.last_said<Durable>());
}

TEST_F(Follower, ReportsNothingForAViewThatANewerPromiseEnded) {
    node.hear(node_2, view, append_of(6, {first_entry_item()}));
    wire::ViewProposal longer = view_from(5);
    longer.last_view = view;
    longer.last_index = LogIndex(7);
    node.hear(node_3, view_of(3, node_3), longer);
    node.step(LogFlushed{LogIndex(6)});
    node.step(PromiseFlushed{view_of(3, node_3)});
    EXPECT_FALSE(node.last_said<Durable>());
}

TEST_F(Follower, IsOutOfStepAfterItsDiskWasFull) {
    node.hear(node_2, view, append_of(6, {first_entry_item()}));
    node.step(LogAppendFailed{LogIndex(6)});
    EXPECT_EQ(node.status().last, LogIndex(5));
    const Actions actions = node.hear(node_2, view, append_of(7, {first_entry_item()}));
    EXPECT_TRUE(actions.append.empty());
}

// A node alone -----------------------------------------------------------------------------------

class FullDisk : public testing::Test {
  protected:
    FullDisk() {
        node.step(ConfigurationChanged{{node_1}, true});
        settle_alone(node);
    }
    tree::Op op = tree::MakeDirectory{{tree::root_inode, "a"}};
    TestNode node{new_settings_of(node_1), {node_1}};
};

TEST_F(FullDisk, RefusesWhatCouldNotBeStoredAndGoesOnFromThere) {
    node.propose(1, op);
    node.propose(2, op);
    node.step(LogFlushed{LogIndex(2)});
    node.propose(3, op);
    node.unflushed.reset();
    node.step(LogAppendFailed{LogIndex(3)});
    ASSERT_EQ(node.refused.size(), 2U);
    EXPECT_EQ(node.refused[0].sequence, 2U);
    EXPECT_EQ(node.refused[0].reason, Code::no_space);
    EXPECT_EQ(node.status().in_flight_bytes, 0U);
    EXPECT_EQ(node.replica().writable(node.now), Code::ok);

    const Actions again = node.propose(4, op);
    ASSERT_EQ(again.append.size(), 1U);
    EXPECT_EQ(again.append[0]->index, LogIndex(3));
    EXPECT_EQ(again.append[0]->chain,
              wire::chain_after(node.committed.back()->chain, *again.append[0]));
    EXPECT_EQ(again.cut_after, LogIndex(2));
    node.flush();
    EXPECT_EQ(node.outcomes.back().result, Code::already_exists) << "1 was kept, 2 and 3 not";
}

// Whoever was told of it may have it in a log that outranks ours.
TEST_F(FullDisk, RefusesNothingThatOthersWereToldOf) {
    node.step(ConfigurationChanged{{node_1, node_2}, true});
    settle_alone(node);
    node.pass(silence_limit);
    settle_alone(node);
    ASSERT_TRUE(node.status().leading);
    node.propose(1, op);
    node.unflushed.reset();
    node.step(ConfigurationChanged{{node_1}, true});
    node.step(LogAppendFailed{next(node.status().durable)});
    EXPECT_TRUE(node.refused.empty());
    node.pass(max_patience);
    settle_alone(node);
    EXPECT_EQ(node.outcomes.back().result, Code::ok) << "once there is room";
    EXPECT_EQ(node.status().in_flight_bytes, 0U);
}

TEST_F(FullDisk, TriesForAViewAgainWithPauses) {
    TestNode fresh(new_settings_of(node_1), {node_1});
    fresh.step(ConfigurationChanged{{node_1}, true});
    int attempts = 0;
    for (int ms = 0; ms < 20'000; ms += 100) {
        while (!fresh.said.empty()) {
            std::string message = std::move(fresh.said.front());
            fresh.said.pop_front();
            fresh.step(MessageReceived{node_1, std::move(message)});
        }
        if (std::exchange(fresh.unsaved_promise, {})) {
            fresh.step(PromiseFlushed{fresh.status().promise});
        }
        if (const auto from = std::exchange(fresh.unflushed, {})) {
            ++attempts;
            fresh.step(LogAppendFailed{*from});
            EXPECT_FALSE(fresh.status().open_view);
        }
        fresh.pass(std::chrono::milliseconds(100));
    }
    EXPECT_GE(attempts, 15);
    EXPECT_LE(attempts, 45);
    fresh.pass(max_patience);
    settle_alone(fresh);
    EXPECT_EQ(fresh.status().committed, LogIndex(1)) << "once there is room";
}

class LeaderReports : public ThreeNodes {};

// Nobody could make anything of a report of an entry that was not multicast yet.
TEST_F(LeaderReports, SaysThatAnEntryIsDurableAfterItsAppend) {
    lead();  // its first APPEND is in the ring
    node.propose(1, tree::MakeDirectory{{tree::root_inode, "a"}});
    node.flush();
    const auto early = node.last_said<wire::Durable>();
    ASSERT_TRUE(early);
    EXPECT_EQ(std::get<wire::Durable>(early->payload).up_to, LogIndex(6));
    node.said.clear();
    node.hear(node_1, view_of(2, node_1), std::get<wire::Durable>(early->payload));
    EXPECT_TRUE(node.said.empty());
    node.hear(node_1, view_of(2, node_1), append_of(6, {first_entry_item()}));
    ASSERT_EQ(node.said.size(), 2U);
    const wire::Message first = wire::decode_message(node.said[0]).value();
    const wire::Message second = wire::decode_message(node.said[1]).value();
    EXPECT_TRUE(std::holds_alternative<wire::Append>(first.payload));
    EXPECT_EQ(std::get<wire::Durable>(second.payload).up_to, LogIndex(7));
}

TEST_F(LeaderReports, SaysOneThingAtATimeAndThenAllThatCameMeanwhile) {
    lead();
    node.flush();
    const auto first = node.last_said<wire::Durable>();
    ASSERT_TRUE(first);
    node.hear(node_1, view_of(2, node_1), append_of(6, {first_entry_item()}));
    node.said.clear();
    for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
        node.propose(sequence, tree::MakeDirectory{{tree::root_inode, std::to_string(sequence)}});
        node.flush();
    }
    EXPECT_FALSE(node.last_said<wire::Durable>());
    node.hear(node_1, view_of(2, node_1), std::get<wire::Durable>(first->payload));
    const auto next_one = node.last_said<wire::Durable>();
    ASSERT_TRUE(next_one);
    EXPECT_EQ(std::get<wire::Durable>(next_one->payload).up_to, LogIndex(7));
}

TEST(Restart, AppliesWhatTheLogHasOnceItsNewViewIsCommitted) {
    const Settings settings = settings_of(node_1);
    Log log({}, {});
    wire::Entry entry;
    entry.index = LogIndex(1);
    entry.view = view_of(1, node_1);
    entry.kind = wire::EntryKind::voters;
    entry.op = encode(VoterList{{node_1, settings.disk}});
    std::vector<wire::EntryPtr> entries{log.append(entry)};
    entry.index = LogIndex(2);
    entry.kind = wire::EntryKind::change;
    entry.request = {node_1, Boot(3), 1};
    entry.op = tree::encode(tree::MakeDirectory{{tree::root_inode, "kept"}});
    entries.push_back(log.append(entry));

    TestNode node(settings, {node_1}, Recovered{view_of(4, node_1), {}, entries});
    node.step(ConfigurationChanged{{node_1}, true});
    EXPECT_TRUE(node.committed.empty());
    settle_alone(node);
    ASSERT_EQ(node.committed.size(), 3U);
    EXPECT_EQ(node.committed[2]->kind, wire::EntryKind::first);
    EXPECT_EQ(node.committed[2]->view, view_of(5, node_1)) << "above the promise on disk";
    EXPECT_NE(node.state.tree.child(tree::root_inode, "kept"), nullptr);
}

TEST(Rebase, GoesOnFromACheckpoint) {
    const Settings settings = new_settings_of(node_1);
    TestNode node(settings, {node_1});
    node.step(ConfigurationChanged{{node_1}, true});
    settle_alone(node);
    node.propose(1, tree::MakeDirectory{{tree::root_inode, "a"}});
    node.flush();
    const Base base = node.replica().base();
    EXPECT_EQ(base.index, LogIndex(2));
    EXPECT_EQ(base.voters, node.status().voters);
    EXPECT_EQ(base.tree_digest, node.state.tree.digest());
    node.replica().rebase(base);
    const wire::EntryPtr next =
        node.propose(2, tree::MakeDirectory{{tree::root_inode, "b"}}).append.at(0);
    node.flush();
    EXPECT_EQ(node.status().committed, LogIndex(3));

    const std::vector<wire::EntryPtr> entries{next};
    StateMachine at_base;
    at_base.applied = base.index;
    at_base.level = base.level;
    Replica restarted(settings, Recovered{base.view, base, entries}, at_base);
    EXPECT_EQ(restarted.status().last, LogIndex(3));
    EXPECT_EQ(restarted.status().voters, base.voters);
}

}  // namespace
}  // namespace pmx::replica::test
