// Rounds of HELLO, and the views that come of them.
#include <gtest/gtest.h>

#include "replica/three_nodes.h"

namespace pmx::replica::test {
namespace {

using Views = ThreeNodes;
using wire::Accept;
using wire::Hello;
using wire::ViewProposal;

TEST_F(Views, ANewConfigurationStartsWithHello) {
    configure();
    const auto said = node.last_said<Hello>();
    ASSERT_TRUE(said);
    const Hello& hello = std::get<Hello>(said->payload);
    EXPECT_EQ(said->view, view_of(1, node_1));
    EXPECT_EQ(hello.last_index, LogIndex(5));
    EXPECT_EQ(hello.chain, log[4]->chain);
    EXPECT_EQ(hello.disk, disk_of(node_1));
}

TEST_F(Views, HelloWaitsForTheDisk) {
    follow();
    node.hear(node_2, view_of(2, node_2), append_of(6, {first_entry_item()}));
    node.step(ConfigurationChanged{{node_1, node_2}, true});
    EXPECT_FALSE(node.last_said<Hello>());
    node.flush();
    ASSERT_TRUE(node.last_said<Hello>());
    EXPECT_EQ(std::get<Hello>(node.last_said<Hello>()->payload).last_index, LogIndex(6));
}

TEST_F(Views, TheLowestOfThoseWithTheLongestLogProposes) {
    configure();
    deliver_own();
    node.hear(node_2, view_of(7, node_3), hello_of(node_2, 1, 5));
    EXPECT_FALSE(node.last_said<ViewProposal>());
    node.hear(node_3, view_of(1, node_1), hello_of(node_3, 1, 4));
    const auto said = node.last_said<ViewProposal>();
    ASSERT_TRUE(said);
    EXPECT_EQ(said->view, view_of(8, node_1)) << "above every promise seen";
    EXPECT_EQ(std::get<ViewProposal>(said->payload).last_index, LogIndex(5));
}

TEST_F(Views, AShorterLogDoesNotPropose) {
    configure();
    deliver_own();
    Hello longer = hello_of(node_2, 1, 5);
    longer.last_index = LogIndex(6);
    node.hear(node_2, view_of(1, node_1), longer);
    node.hear(node_3, view_of(1, node_1), hello_of(node_3, 1, 5));
    node.pass(silence_limit);
    EXPECT_FALSE(node.last_said<ViewProposal>());
}

TEST_F(Views, ALaterViewInTheLogCountsMoreThanItsLength) {
    configure();
    deliver_own();
    Hello later = hello_of(node_2, 1, 2);
    later.last_view = view_of(2, node_3);
    node.hear(node_2, view_of(2, node_3), later);
    node.hear(node_3, view_of(1, node_1), hello_of(node_3, 1, 5));
    EXPECT_FALSE(node.last_said<ViewProposal>());
}

TEST_F(Views, TheSilentAreWaitedForAndThenDoNotCount) {
    configure();
    deliver_own();
    node.hear(node_2, view_of(1, node_1), hello_of(node_2, 1, 5));
    node.pass(silence_limit - std::chrono::milliseconds(1));
    EXPECT_FALSE(node.last_said<ViewProposal>());
    node.pass(std::chrono::milliseconds(1));
    EXPECT_TRUE(node.last_said<ViewProposal>());
}

TEST_F(Views, AMinorityProposesNothing) {
    node.step(ConfigurationChanged{{node_1}, true});
    deliver_own();
    for (int i = 0; i < 100; ++i)
        node.pass(std::chrono::milliseconds(500));
    EXPECT_FALSE(node.last_said<ViewProposal>());
    EXPECT_EQ(node.replica().writable(node.now), Code::read_only);
}

TEST_F(Views, AnotherDiskOfAVoterDoesNotCount) {
    configure();
    deliver_own();
    Hello stranger = hello_of(node_2, 1, 5);
    stranger.disk.bytes[7] = 1;
    node.hear(node_2, view_of(1, node_1), stranger);
    node.pass(silence_limit);
    EXPECT_FALSE(node.last_said<ViewProposal>());
}

TEST_F(Views, APromiseIsOnDiskBeforeAccept) {
    configure();
    const Actions actions = node.hear(node_2, view_of(2, node_2), view_from(5));
    EXPECT_EQ(actions.save_promise, view_of(2, node_2));
    EXPECT_FALSE(node.last_said<Accept>());
    node.flush();
    EXPECT_EQ(node.last_said<Accept>()->view, view_of(2, node_2));
}

TEST_F(Views, AViewAtOrBelowThePromiseIsIgnored) {
    configure();
    node.hear(node_2, view_of(5, node_2), view_from(5));
    for (const View& view : {view_of(5, node_2), view_of(4, node_3), view_of(1, node_2)}) {
        const Actions actions = node.hear(view.leader, view, view_from(5));
        EXPECT_FALSE(actions.save_promise);
    }
    EXPECT_EQ(node.status().promise, view_of(5, node_2));
}

TEST_F(Views, AnotherNodeCannotProposeInALeadersName) {
    configure();
    EXPECT_FALSE(node.hear(node_3, view_of(2, node_2), view_from(5)).save_promise);
}

TEST_F(Views, ALogThatIsAheadRefusesAndAsksForANewRound) {
    configure();
    node.said.clear();
    const Actions actions = node.hear(node_2, view_of(2, node_2), view_from(4));
    EXPECT_FALSE(actions.save_promise);
    ASSERT_TRUE(node.last_said<Hello>());
    EXPECT_EQ(std::get<Hello>(node.last_said<Hello>()->payload).round, 2U);
}

TEST_F(Views, WhoRefusedFollowsOnceItOpensAllTheSame) {
    configure();
    node.hear(node_2, view_of(2, node_2), view_from(4));
    accept_from(node_2, view_of(2, node_2));
    EXPECT_FALSE(node.status().open_view);
    accept_from(node_3, view_of(2, node_2));
    EXPECT_EQ(node.status().open_view, view_of(2, node_2));
    node.said.clear();
    node.flush();
    EXPECT_FALSE(node.last_said<Accept>()) << "it has no say in a view that its log is ahead of";
    EXPECT_FALSE(node.last_said<wire::Durable>()) << "entry 5 is not the leader's";

    // What it has beyond the leader's log goes when the leader's own comes.
    const Actions actions =
        node.hear(node_2, view_of(2, node_2), append_of(5, {first_entry_item()}));
    EXPECT_EQ(actions.cut_after, LogIndex(4));
    ASSERT_EQ(actions.append.size(), 1U);
    EXPECT_EQ(actions.append[0]->index, LogIndex(5));
    node.flush();
    EXPECT_EQ(std::get<wire::Durable>(node.last_said<wire::Durable>()->payload).chain,
              actions.append[0]->chain);
}

TEST_F(Views, OpensWithAMajorityAndTheLeaderAppendsItsFirstEntry) {
    configure();
    deliver_own();
    node.hear(node_2, view_of(1, node_1), hello_of(node_2, 1, 5));
    node.hear(node_3, view_of(1, node_1), hello_of(node_3, 1, 5));
    deliver_own();
    node.flush();
    deliver_own();  // its own ACCEPT
    EXPECT_FALSE(node.status().open_view);
    wire::Accept stranger{disk_of(node_3)};
    node.hear(node_2, view_of(2, node_1), stranger);
    EXPECT_FALSE(node.status().open_view) << "the disk votes, not the node";
    accept_from(node_2, view_of(2, node_1));
    EXPECT_EQ(node.status().open_view, view_of(2, node_1));
    EXPECT_EQ(node.status().last, LogIndex(6));
    EXPECT_TRUE(node.last_said<wire::Append>());
}

TEST_F(Views, AnOldProposalOfThisNodesEarlierRunHasNoLeader) {
    configure();
    EXPECT_FALSE(node.hear(node_1, view_of(9, node_1), view_from(5)).save_promise);
}

TEST_F(Views, AHigherRoundIsJoined) {
    configure();
    node.said.clear();
    node.hear(node_3, view_of(1, node_1), hello_of(node_3, 7, 5));
    EXPECT_EQ(std::get<Hello>(node.last_said<Hello>()->payload).round, 7U);
}

TEST_F(Views, AnotherClustersHelloIsNotHeard) {
    configure();
    Hello foreign = hello_of(node_3, 7, 5);
    foreign.cluster.bytes[1] = 1;
    node.said.clear();
    node.hear(node_3, view_of(1, node_1), foreign);
    EXPECT_TRUE(node.said.empty());
}

TEST_F(Views, PatienceDoublesUpToItsLimitWithRoundsThatBringNothing) {
    configure();
    node.said.clear();
    std::vector<std::int64_t> waits;
    while (waits.size() < 8) {
        const MonotonicTime before = node.now;
        while (!node.last_said<Hello>())
            node.pass(std::chrono::milliseconds(100));
        waits.push_back((node.now - before) / std::chrono::milliseconds(100));
        node.said.clear();
    }
    EXPECT_EQ(waits, (std::vector<std::int64_t>{5, 10, 20, 40, 80, 160, 160, 160}));
}

TEST_F(Views, CallersWaitForAViewThreeSecondsAndAreThenRefused) {
    follow();
    EXPECT_EQ(node.replica().writable(node.now), Code::ok);
    node.step(ConfigurationChanged{{node_1, node_2}, true});
    EXPECT_EQ(node.replica().writable(node.now + std::chrono::milliseconds(2999)), Code::ok);
    EXPECT_EQ(node.replica().writable(node.now + view_grace), Code::read_only);
    node.step(ConfigurationChanged{{node_1, node_2}, false});
    EXPECT_EQ(node.replica().writable(node.now), Code::read_only) << "without quorum at once";
}

// Nothing but empty databases.
class Founding : public ThreeNodes {
  protected:
    Founding() : ThreeNodes(0) {}
    TestNode empty{settings_of(node_1, all_nodes)};
    [[nodiscard]] Hello empty_hello(NodeId sender) const { return hello_of(sender, 1, 0); }
    void say_own_hello() {
        empty.step(ConfigurationChanged{all_nodes, true});
        empty.step(MessageReceived{node_1, empty.said.front()});
        empty.said.clear();
    }
};

TEST_F(Founding, TheLowestProposesOnceAllAreThereAndEmpty) {
    say_own_hello();
    empty.hear(node_2, {}, empty_hello(node_2));
    empty.pass(silence_limit - std::chrono::milliseconds(1));
    EXPECT_FALSE(empty.last_said<ViewProposal>()) << "a founder is missing";
    empty.hear(node_3, {}, empty_hello(node_3));
    const auto said = empty.last_said<ViewProposal>();
    ASSERT_TRUE(said);
    EXPECT_EQ(decode_voters(std::get<ViewProposal>(said->payload).voters).value(), all_voters());
}

TEST_F(Founding, NotWhereOneHasALog) {
    say_own_hello();
    Hello has_log = empty_hello(node_2);
    has_log.last_index = LogIndex(1);
    empty.hear(node_2, {}, has_log);
    empty.hear(node_3, {}, empty_hello(node_3));
    EXPECT_FALSE(empty.last_said<ViewProposal>());
}

TEST_F(Founding, NeedsEveryFoundersAccept) {
    say_own_hello();
    empty.hear(node_2, {}, empty_hello(node_2));
    empty.hear(node_3, {}, empty_hello(node_3));
    const View view = empty.last_said<ViewProposal>()->view;
    empty.step(MessageReceived{node_1, empty.said.back()});
    empty.hear(node_1, view, Accept{disk_of(node_1)});
    empty.hear(node_2, view, Accept{disk_of(node_2)});
    EXPECT_FALSE(empty.status().open_view);
    empty.hear(node_3, view, Accept{disk_of(node_3)});
    EXPECT_TRUE(empty.status().leading);
    EXPECT_EQ(empty.status().voters, all_voters());
}

TEST(NotFounding, AnEmptyNodeThatIsNoFounderMakesNoCluster) {
    TestNode node(settings_of(node_1, {}));
    node.step(ConfigurationChanged{{node_1}, true});
    settle_alone(node);
    EXPECT_EQ(node.status().last, LogIndex());
    EXPECT_FALSE(node.status().open_view);
}

}  // namespace
}  // namespace pmx::replica::test
