#include "replica/group_for_tests.h"

namespace pmx::replica::test {
namespace {

std::vector<NodeId> ids(const std::vector<std::uint32_t>& numbers) {
    return std::vector<NodeId>(numbers.begin(), numbers.end());
}

// Three nodes that formed a cluster.
class CatchingUpTest : public testing::Test {
  protected:
    CatchingUpTest() {
        for (const std::uint32_t id : {1U, 2U, 3U}) {
            group.add(id, ids({1, 2, 3}));
            group.start(id);
        }
        group.connect({1, 2, 3});
        group.settle();
    }
    void save(std::uint32_t on, const std::string& name) {
        group.propose(on, ++sequence_, name);
        group.settle(std::chrono::milliseconds(200));
    }
    [[nodiscard]] Status status(std::uint32_t id) { return group.at(id).replica->status(); }
    void checkpoint(std::uint32_t id) {
        Group::Member& member = group.at(id);
        const Base base = member.replica->base();
        member.entries.erase(
            member.entries.begin(),
            member.entries.begin() +
                static_cast<std::ptrdiff_t>(base.index.value - member.base.index.value));
        member.base = base;
        member.tree_at_base = member.state->tree;
        member.replica->rebase(base);
    }
    Group group;

  private:
    std::uint64_t sequence_ = 0;
};

TEST_F(CatchingUpTest, ThreeNodesFormAClusterTogether) {
    EXPECT_TRUE(status(1).leading);
    EXPECT_EQ(status(3).voters.size(), 3U);
    EXPECT_EQ(group.at(1).settings.cluster, group.at(3).settings.cluster);
    EXPECT_NE(group.at(1).settings.cluster, ClusterId());
    save(3, "a");
    for (const std::uint32_t id : {1U, 2U, 3U})
        EXPECT_TRUE(group.has(id, "a")) << id;
}

TEST_F(CatchingUpTest, AMemberThatWasAwayGetsTheTail) {
    group.stop(3);
    group.connect({1, 2});
    group.settle();
    save(1, "a");
    save(2, "b");
    group.start(3);
    group.connect({1, 2, 3});
    group.settle();
    EXPECT_TRUE(group.has(3, "a"));
    EXPECT_TRUE(group.has(3, "b"));
    EXPECT_TRUE(status(3).in_step);
    EXPECT_EQ(group.at(3).installs, 0U);
    save(3, "c");
    EXPECT_TRUE(group.has(1, "c"));
}

TEST_F(CatchingUpTest, OneThatWasAwayTooLongGetsWhatDiffers) {
    save(1, "before");
    group.stop(3);
    group.connect({1, 2});
    group.settle();
    save(1, "a");
    for (const std::uint32_t id : {1U, 2U}) {
        checkpoint(id);
        group.stop(id);
        group.start(id);
    }
    group.start(3);
    group.connect({1, 2, 3});
    group.settle();
    EXPECT_EQ(group.at(3).installs, 1U);
    EXPECT_TRUE(group.has(3, "a"));
    EXPECT_TRUE(group.has(3, "before"));
    EXPECT_TRUE(status(3).in_step);
    EXPECT_EQ(group.at(3).state->tree.digest(), group.at(1).state->tree.digest());
}

TEST_F(CatchingUpTest, ANodeSetUpAnewIsAStrangerUntilItHasAll) {
    save(1, "a");
    group.stop(3);
    group.connect({1, 2});
    group.settle();
    Group::Member& member = group.add(3, ids({1, 2, 3}));
    member = Group::Member{};
    member.settings = new_settings_of(NodeId(3));
    member.settings.disk.bytes[7] = 99;
    member.listed = ids({1, 2, 3});
    group.start(3);
    group.connect({1, 2, 3});
    group.settle();
    EXPECT_TRUE(group.has(3, "a"));
    ASSERT_EQ(status(1).voters.size(), 3U);
    EXPECT_EQ(status(1).voters[2].disk, group.at(3).settings.disk);
}

TEST_F(CatchingUpTest, WhatAnOldLeaderHadAloneIsRejected) {
    group.propose(1, 900, "alone");
    group.connect({1}, false);
    group.connect({2, 3});
    save(2, "b");
    group.stop(1);  // and with it the caller, who would ask again
    group.start(1);
    group.connect({1, 2, 3});
    group.settle();
    EXPECT_FALSE(group.has(1, "alone"));
    EXPECT_TRUE(group.has(1, "b"));
    ASSERT_EQ(group.at(1).rejected.size(), 1U);
    EXPECT_EQ(group.at(1).rejected[0].second.back()->request.sequence, 900U);
    EXPECT_GT(group.at(1).rejected[0].second.back()->index, group.at(1).rejected[0].first);
}

TEST_F(CatchingUpTest, ANodeThatIsListedIsLetIn) {
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        group.at(id).listed = ids({1, 2, 3, 4});
        group.step(group.at(id), NodesListed{group.at(id).listed, false});
    }
    group.add(4, ids({1, 2, 3, 4}));
    save(1, "a");
    group.start(4);
    group.connect({1, 2, 3, 4});
    group.settle();
    EXPECT_TRUE(group.has(4, "a"));
    EXPECT_EQ(status(4).voters.size(), 4U);
    EXPECT_EQ(group.at(4).settings.cluster, group.at(1).settings.cluster);
    for (const std::uint32_t id : {1U, 2U, 3U, 4U}) {
        group.at(id).listed = ids({1, 2, 3});
        group.step(group.at(id), NodesListed{group.at(id).listed, false});
    }
    group.settle();
    EXPECT_EQ(status(1).voters.size(), 3U);
}

TEST_F(CatchingUpTest, ANodeOfAnotherClusterIsToldWhy) {
    group.add(4, {});
    group.at(4).settings.cluster.bytes[0] = 55;
    group.start(4);
    group.connect({1, 2, 3, 4});
    group.settle();
    EXPECT_FALSE(status(4).open_view);
    ASSERT_FALSE(status(1).peers.empty());
    EXPECT_NE(status(1).peers.back().refusal.find("another cluster"), std::string::npos);
    EXPECT_NE(status(4).peers.front().refusal.find("another cluster"), std::string::npos);
    save(1, "goes on");
    EXPECT_TRUE(group.has(3, "goes on"));
}

// Two nodes, of which one may go on.
class TwoNodes : public testing::Test {
  protected:
    TwoNodes() {
        for (const std::uint32_t id : {1U, 2U}) {
            group.add(id, ids({1, 2})).quorum_by_fewer = true;
            group.start(id);
        }
        group.connect({1, 2});
        group.settle();
    }
    [[nodiscard]] Status status(std::uint32_t id) { return group.at(id).replica->status(); }
    Group group;
};

TEST_F(TwoNodes, OneGoesOnAndTheOtherComesBack) {
    group.propose(1, 1, "together");
    group.settle();
    group.stop(1);
    group.connect({2});
    group.settle();
    ASSERT_TRUE(status(2).leading);
    EXPECT_EQ(status(2).voters.size(), 1U);
    group.propose(2, 1, "alone");
    group.settle();
    EXPECT_TRUE(group.has(2, "alone"));
    group.start(1);
    group.connect({1, 2});
    group.settle();
    EXPECT_TRUE(group.has(1, "alone"));
    EXPECT_TRUE(group.has(1, "together"));
    EXPECT_EQ(status(1).voters.size(), 2U);
}

TEST_F(TwoNodes, BothGoOnApartAndTheLosersChangesAreRejected) {
    group.propose(1, 1, "together");
    group.settle();
    group.connect({1});
    group.connect({2});
    group.settle();
    group.propose(1, 2, "left");
    group.propose(2, 1, "right");
    group.settle();
    EXPECT_TRUE(group.has(1, "left"));
    EXPECT_TRUE(group.has(2, "right"));
    group.connect({1, 2});
    group.settle();
    EXPECT_EQ(group.at(1).state->tree.digest(), group.at(2).state->tree.digest());
    EXPECT_NE(group.has(1, "left"), group.has(1, "right"));
    EXPECT_EQ(group.at(1).installs + group.at(2).installs, 1U);
    EXPECT_EQ(status(1).voters.size(), 2U);
}

// It has agreed to follow the other's era, and is alone again before it had any of it.
TEST_F(TwoNodes, TheLoserGoesOnInAnEraOfItsOwn) {
    group.connect({1});
    group.connect({2});
    group.settle();
    group.propose(1, 1, "left");
    group.propose(2, 1, "right");
    group.settle();
    const bool first_wins = status(1).open_view->era > status(2).open_view->era;
    const std::uint32_t winner = first_wins ? 1 : 2;
    const std::uint32_t loser = first_wins ? 2 : 1;
    const View winning{status(winner).open_view->era, 99, NodeId(winner)};
    wire::ViewProposal proposal;
    proposal.cluster = group.at(loser).settings.cluster;
    proposal.last_view = *status(winner).open_view;
    proposal.last_index = LogIndex(1000);
    proposal.voters = encode(status(winner).voters);
    group.connect({1, 2});
    group.step(group.at(loser), MessageReceived{NodeId(winner), wire::encode({winning, proposal})});
    group.connect({loser});
    group.settle();
    ASSERT_TRUE(status(loser).leading);
    EXPECT_GT(status(loser).open_view->era.count, winning.era.count);
    group.propose(loser, 2, "again");
    group.connect({1, 2});
    group.settle();
    EXPECT_TRUE(group.has(1, "again"));
    EXPECT_TRUE(group.has(2, "again"));
    EXPECT_FALSE(group.has(loser, winner == 1 ? "left" : "right"));
    EXPECT_EQ(group.at(1).state->tree.digest(), group.at(2).state->tree.digest());
}

TEST_F(TwoNodes, NobodyFoundsAnEraAtAColdStart) {
    group.stop(1);
    group.stop(2);
    group.start(2);
    group.connect({2});
    group.settle();
    EXPECT_FALSE(status(2).open_view);
    EXPECT_EQ(status(2).waiting_for, ids({1}));
}

TEST_F(CatchingUpTest, TheLastSurvivorGoesOnWhenTold) {
    group.propose(1, 1, "a");
    group.settle();
    group.stop(1);
    group.stop(2);
    group.connect({3}, false);
    group.settle();
    EXPECT_FALSE(status(3).open_view);
    wire::Actor actor;
    actor.program = "pmxctl";
    group.step(group.at(3), ForceQuorum{wall_from_ns(7), actor});
    group.connect({3}, true);
    group.settle();
    ASSERT_TRUE(status(3).leading);
    EXPECT_EQ(status(3).voters.size(), 1U);
    EXPECT_EQ(group.at(3).entries.back()->actor.program, "pmxctl") << "the mark in the log";
}

// The others committed what the survivor, told to go on without them, never had.
TEST_F(CatchingUpTest, WhatWasCommittedInALowerEraIsTakenBackAndListed) {
    save(1, "together");
    group.connect({1, 2});
    group.connect({3}, false);
    group.settle();
    const LogIndex common = status(3).last;
    save(1, "lost");
    ASSERT_TRUE(group.has(2, "lost"));
    group.step(group.at(3), ForceQuorum{wall_from_ns(7), {}});
    group.connect({3}, true);
    group.settle();
    save(3, "forced");
    ASSERT_TRUE(group.has(3, "forced"));
    group.connect({1, 2, 3});
    group.settle();
    for (const std::uint32_t id : {1U, 2U}) {
        EXPECT_TRUE(group.has(id, "forced")) << id;
        EXPECT_FALSE(group.has(id, "lost")) << id;
        EXPECT_TRUE(group.has(id, "together")) << id;
        EXPECT_EQ(group.at(id).installs, 1U) << id;
        EXPECT_EQ(group.at(id).rejected_from, next(common)) << id;
        EXPECT_FALSE(group.at(id).stopped_with) << id;
    }
    EXPECT_EQ(status(3).voters.size(), 3U);
}

// Or damage would not be seen until the log is as long again as the one that lost.
TEST_F(CatchingUpTest, ASnapshotOfALowerIndexHasItsTreeComparedWithTheNextView) {
    group.connect({3}, false);
    group.connect({1, 2});
    group.settle();
    for (int i = 0; i < 20; ++i)
        save(1, "lost" + std::to_string(i));
    group.connect({1});
    group.settle();
    group.connect({1, 2});
    group.settle();
    const LogIndex compared = status(1).scrub.index;
    group.step(group.at(3), ForceQuorum{wall_from_ns(7), {}});
    group.connect({3}, true);
    group.settle();
    group.connect({1, 2, 3});
    group.settle();
    group.connect({1, 3});
    group.settle();
    ASSERT_LT(status(1).last, compared);
    EXPECT_EQ(status(1).scrub.index, status(3).scrub.index);
    EXPECT_GT(status(1).scrub.index, LogIndex());
}

TEST_F(CatchingUpTest, ADamagedTreeIsMendedFromTheMajority) {
    group.propose(1, 1, "a");
    group.settle();
    for (const std::uint32_t id : {2U, 1U}) {
        tree::Node node = *group.at(id).state->tree.child(tree::root_inode, "a");
        node.mtime = wall_from_ns(1);
        std::vector<tree::Node> nodes;
        for (const auto& [inode, other] : group.at(id).state->tree.nodes())
            nodes.push_back(inode == node.inode ? node : other);
        group.at(id).state->tree =
            tree::Tree::from_nodes(std::move(nodes), group.at(id).state->tree.cluster_log())
                .value();
        group.connect({1, 3});
        group.settle();
        group.connect({1, 2, 3});
        group.settle();
        EXPECT_EQ(group.at(id).state->tree.digest(), group.at(3).state->tree.digest()) << id;
        EXPECT_GE(group.at(id).installs, 1U);
    }
    group.propose(1, 2, "b");
    group.settle();
    EXPECT_TRUE(group.has(3, "b"));
}

TEST_F(CatchingUpTest, AnOldCopyOfADiskTakesANewId) {
    const std::vector<wire::EntryPtr> old_entries = group.at(3).entries;
    const View old_promise = group.at(3).promise;
    group.propose(3, 1, "a");
    group.settle();
    group.stop(3);
    group.connect({1, 2});
    group.settle();
    group.at(3).entries = old_entries;
    group.at(3).promise = old_promise;
    group.start(3);
    group.connect({1, 2, 3});
    EXPECT_FALSE(group.at(3).renew_disk);
    group.settle();
    EXPECT_TRUE(group.at(3).renew_disk);
}

}  // namespace
}  // namespace pmx::replica::test
