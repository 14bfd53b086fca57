// Rounds of HELLO, and the views that come of them.
#include <gtest/gtest.h>

#include <algorithm>

#include "replica/group_for_tests.h"
#include "replica/three_nodes.h"

namespace pmx::replica::test {
namespace {

using wire::Accept;
using wire::Hello;
using wire::ViewProposal;

class Views : public ThreeNodes {
  protected:
    // Of node 2, with one entry more than node 1 has.
    [[nodiscard]] Hello hello_with_more() const {
        Hello longer = hello_of(node_2, 1, 5);
        longer.last_index = LogIndex(6);
        return longer;
    }
    // A round in which node 2 says this, and node 3 that it has as much as node 1.
    void hear_all(const Hello& of_node_2) {
        configure();
        deliver_own();
        node.hear(node_2, view_of(1, node_1), of_node_2);
        node.hear(node_3, view_of(1, node_1), hello_of(node_3, 1, 5));
    }
};

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
    hear_all(hello_with_more());
    node.pass(silence_limit);
    EXPECT_FALSE(node.last_said<ViewProposal>());
}

TEST_F(Views, NobodyWaitsForALeaderWhoseOwnListHasNoMajority) {
    Hello longer = hello_with_more();
    VoterList others = all_voters();
    others[0].disk.bytes[7] = 1;
    others[2].disk.bytes[7] = 1;
    longer.voters = encode(others);
    hear_all(longer);
    EXPECT_TRUE(node.last_said<ViewProposal>());
}

// Node 2 cannot lead, as its own list has no majority, and refuses whoever is behind it: asking for
// its vote again and again would bring nothing but promises to write down.
TEST_F(Views, NobodyAsksForTheVoteOfALogThatIsAhead) {
    Hello longer = hello_with_more();
    VoterList others = all_voters();
    others[0].disk.bytes[7] = 1;
    others[2].disk.bytes[7] = 1;
    longer.voters = encode(others);
    configure();
    deliver_own();
    node.hear(node_2, view_of(1, node_1), longer);
    node.pass(silence_limit);
    EXPECT_FALSE(node.last_said<ViewProposal>());
    node.hear(node_3, view_of(1, node_1), hello_of(node_3, 1, 5));
    EXPECT_TRUE(node.last_said<ViewProposal>()) << "with node 3 there is a majority beside it";
}

TEST_F(Views, NobodyWaitsForALeaderThatDoesNotKnowTheLevel) {
    Hello longer = hello_with_more();
    longer.knows_level = false;
    hear_all(longer);
    EXPECT_TRUE(node.last_said<ViewProposal>());
}

// By another's list its vote may be needed, which it gives to no log that is behind its own.
TEST_F(Views, WhoseLogIsAheadLeadsThoughItDoesNotVote) {
    Hello longer = hello_with_more();
    longer.voters = encode({{node_1, disk_of(node_1)}, {node_3, disk_of(node_3)}});
    hear_all(longer);
    EXPECT_FALSE(node.last_said<ViewProposal>());
}

TEST_F(Views, WhoVotesLeadsBeforeWhoDoesNot) {
    TestNode voter(settings_of(node_2), all_nodes, Recovered{view_of(1, node_1), {}, log});
    voter.step(ConfigurationChanged{all_nodes, true});
    voter.hear(node_2, view_of(1, node_1), std::get<Hello>(voter.last_said<Hello>()->payload));
    Hello stranger = hello_of(node_1, 1, 5);
    stranger.disk.bytes[7] = 1;
    voter.hear(node_1, view_of(1, node_1), stranger);
    voter.hear(node_3, view_of(1, node_1), hello_of(node_3, 1, 5));
    EXPECT_TRUE(voter.last_said<ViewProposal>());
}

// What its members had said before opened it, although another round had begun.
TEST_F(Views, WhoMissedTheBeginningOfAViewAsksForANewRound) {
    follow();
    node.pass(std::chrono::seconds(1));
    node.said.clear();
    node.hear(node_3, view_of(3, node_2), Accept{disk_of(node_3)});
    ASSERT_TRUE(node.last_said<Hello>());
    EXPECT_EQ(std::get<Hello>(node.last_said<Hello>()->payload).round, 2U);
}

TEST_F(Views, ThatOthersGoOnIsNotForgottenWhileNoViewIsOpen) {
    configure();
    node.hear(node_2, view_of(2, node_2), view_from(5));
    node.flush();
    node.hear(node_3, view_of(3, node_2), Accept{disk_of(node_3)});
    node.said.clear();
    accept_from(node_2, view_of(2, node_2));
    accept_from(node_3, view_of(2, node_2));
    EXPECT_TRUE(node.last_said<Hello>());
}

TEST_F(Views, MessagesOfAViewThatEndedAskForNothing) {
    follow();
    node.pass(std::chrono::seconds(1));
    node.said.clear();
    node.hear(node_3, view_of(1, node_1), Accept{disk_of(node_3)});
    EXPECT_FALSE(node.last_said<Hello>());
}

// Where nobody needs its vote no round comes that would ask for another promise.
TEST_F(Views, APromiseThatTheDiskDidNotTakeIsTriedAgain) {
    configure();
    node.hear(node_2, view_of(2, node_2), view_from(5));
    node.unsaved_promise.reset();
    node.step(LogAppendFailed{LogIndex(6)});
    EXPECT_FALSE(node.pass(std::chrono::milliseconds(999)).save_promise) << "not without a pause";
    EXPECT_EQ(node.pass(std::chrono::milliseconds(1)).save_promise, view_of(2, node_2));
    EXPECT_FALSE(node.pass(std::chrono::seconds(1)).save_promise);
    node.flush();
    EXPECT_EQ(node.last_said<Accept>()->view, view_of(2, node_2));
}

// Otherwise nobody could, where its vote is needed: it follows no log that is behind its own.
TEST_F(Views, ALogThatIsAheadLeadsWhateverItsTree) {
    Hello longer = hello_with_more();
    longer.damaged = true;
    hear_all(longer);
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

// Neither uses numbers up, nor does it keep the others from going on.
TEST_F(Views, NobodyBelievesAMemberThatSpeaksOfViewsFarBeyondAnyThatThereCanBe) {
    constexpr std::uint64_t far = 1ULL << 50;
    const auto refused = [this] {
        const auto& peers = node.status().peers;
        return std::count_if(peers.begin(), peers.end(),
                             [](const auto& peer) { return !peer.refusal.empty(); });
    };
    configure();
    deliver_own();
    node.hear(node_2, view_of(far, node_2), hello_of(node_2, 1, 5));
    EXPECT_EQ(refused(), 1);
    Hello of_far_round = hello_of(node_3, 1, 5);
    of_far_round.round = far;
    node.hear(node_3, view_of(1, node_1), of_far_round);
    EXPECT_EQ(refused(), 2);
    EXPECT_FALSE(node.last_said<ViewProposal>());
    node.hear(node_2, view_of(1, node_1), hello_of(node_2, 1, 5));
    node.hear(node_3, view_of(1, node_1), hello_of(node_3, 1, 5));
    EXPECT_EQ(refused(), 0) << "they are well again";
    ASSERT_TRUE(node.last_said<ViewProposal>());
    EXPECT_EQ(node.last_said<ViewProposal>()->view, view_of(2, node_1));
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
    TestNode empty{new_settings_of(node_1), all_nodes};
    [[nodiscard]] Hello empty_hello(NodeId sender) const {
        Hello hello = hello_of(sender, 1, 0);
        hello.cluster = {};
        return hello;
    }
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

// An administrator may have taken it off the list too early.
TEST_F(Founding, NotWhereSomebodyElseHasALog) {
    empty.step(NodesListed{{node_1}, false});
    say_own_hello();
    Hello has_log = empty_hello(node_3);
    has_log.last_index = LogIndex(1);
    empty.hear(node_2, {}, empty_hello(node_2));
    empty.hear(node_3, {}, has_log);
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

// The founders lost power before their disks had the first entry; a node that is not one of them
// has it, and the cluster is not empty any more.
TEST(LeadingWithoutAVote, BringsBackTheFirstEntryThatTheFoundersLost) {
    const std::vector<NodeId> founders{node_1, node_2};
    wire::Entry first;
    first.index = LogIndex(1);
    first.view = view_of(1, node_1);
    first.kind = wire::EntryKind::voters;
    first.op = encode({{node_1, disk_of(node_1)}, {node_2, disk_of(node_2)}});
    Group group;
    for (const std::uint32_t id : {1U, 2U, 3U}) {
        Group::Member& member = group.add(id, founders);
        member.settings.cluster.bytes[0] = 7;
        member.promise = first.view;
        if (id == 3) member.entries.push_back(Log({}, {}).append(first));
        group.start(id);
    }
    group.connect({1, 2, 3});
    group.settle();
    ASSERT_TRUE(group.at(1).replica->status().open_view);
    EXPECT_EQ(group.at(1).replica->status().open_view->leader, node_3);
    group.propose(1, 1, "a");
    group.settle();
    EXPECT_TRUE(group.has(2, "a"));
    EXPECT_EQ(group.at(2).replica->status().voters.size(), 2U);
}

TEST(NotFounding, AnEmptyNodeThatIsNoFounderMakesNoCluster) {
    TestNode node(new_settings_of(node_1), {});
    node.step(ConfigurationChanged{{node_1}, true});
    settle_alone(node);
    EXPECT_EQ(node.status().last, LogIndex());
    EXPECT_FALSE(node.status().open_view);
}

}  // namespace
}  // namespace pmx::replica::test
