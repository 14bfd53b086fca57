// What the leader orders, what followers take from it, and that a request happens once.
#include <gtest/gtest.h>

#include "replica/three_nodes.h"

namespace pmx::replica::test {
namespace {

using wire::Append;
using wire::Body;

tree::Op make_dir_op(const std::string& path) {
    return tree::MakeDirectory{{tree::root_inode, path}};
}

std::string draft_of(const tree::Op& op) {
    return wire::encode(wire::Draft{wire::EntryKind::change, {}, {}, tree::encode(op)});
}

class Ordering : public ThreeNodes {
  protected:
    void SetUp() override { lead(); }
    const View view = view_of(2, node_1);
    const RequestId theirs{node_2, Boot(8), 1};
    [[nodiscard]] Body body_of(const RequestId& request, const std::string& bytes) const {
        return {request, 0, 1, sha256(bytes), bytes};
    }
    // Its APPENDs so far came back, so that the next one goes out at once.
    void echo() { node.hear(node_1, view, append_of(6, {first_entry_item()})); }
};

class Following : public ThreeNodes {
  protected:
    void SetUp() override { follow(); }
    const View view = view_of(2, node_2);
};

TEST_F(Ordering, PutsItsOwnSmallChangeInsideAppend) {
    echo();
    node.propose(1, make_dir_op("a"));
    const auto said = node.last_said<Append>();
    ASSERT_TRUE(said);
    const auto& append = std::get<Append>(said->payload);
    EXPECT_EQ(append.first, LogIndex(7));
    ASSERT_EQ(append.items.size(), 1U);
    EXPECT_EQ(append.items[0].body, wire::encode(wire::Draft{wire::EntryKind::change,
                                                             wall_from_ns(2'000'000'000),
                                                             {},
                                                             tree::encode(make_dir_op("a"))}));
}

TEST_F(Ordering, SendsItsOwnLargeChangeAsPartsFirst) {
    echo();
    tree::WriteFile write{{tree::root_inode, "big"}, true, {}, {}};
    write.edits.push_back({tree::Edit::Kind::append, 0, std::string(600'000, 'x')});
    node.propose(1, write);
    ASSERT_EQ(node.said.size(), 4U);
    for (std::size_t i = 0; i < 3; ++i) {
        const auto body = std::get<Body>(wire::decode_message(node.said[i])->payload);
        EXPECT_EQ(body.part, i);
        EXPECT_EQ(body.parts, 3U);
    }
    const auto append = std::get<Append>(wire::decode_message(node.said[3])->payload);
    EXPECT_FALSE(append.items.at(0).body);
}

TEST_F(Ordering, GathersWhatComesWhileItsLastAppendIsUnderWay) {
    node.propose(1, make_dir_op("a"));
    node.propose(2, make_dir_op("b"));
    EXPECT_FALSE(node.last_said<Append>());
    echo();
    EXPECT_EQ(std::get<Append>(node.last_said<Append>()->payload).items.size(), 2U);
}

TEST_F(Ordering, OrdersABodyOnceItIsWhole) {
    const std::string bytes = draft_of(make_dir_op("theirs"));
    const std::size_t half = bytes.size() / 2;
    Body part{theirs, 0, 2, sha256(bytes), bytes.substr(0, half)};
    EXPECT_TRUE(node.hear(node_2, view, part).append.empty());
    part.part = 1;
    part.piece = bytes.substr(half);
    const Actions actions = node.hear(node_2, view, part);
    ASSERT_EQ(actions.append.size(), 1U);
    EXPECT_EQ(actions.append[0]->request, theirs);
}

TEST_F(Ordering, IsPatientFromWhenSomethingWaitsWhoeverAskedForIt) {
    const wire::EntryPtr mine = node.propose(1, make_dir_op("mine")).append.at(0);
    node.flush();
    node.hear(node_2, view, durable_from(node_2, mine));
    ASSERT_EQ(node.status().committed, mine->index);
    node.pass(std::chrono::seconds(10));
    node.hear(node_2, view, body_of(theirs, draft_of(make_dir_op("theirs"))));
    node.pass(std::chrono::milliseconds(100));
    EXPECT_TRUE(node.status().leading) << "a round for a save that has just begun";
    node.pass(std::chrono::seconds(1));
    EXPECT_FALSE(node.status().leading);
}

TEST_F(Ordering, OrdersNoBodyWithAHoleOrAWrongHash) {
    const std::string bytes = draft_of(make_dir_op("theirs"));
    EXPECT_TRUE(node.hear(node_2, view, Body{theirs, 1, 2, sha256(bytes), bytes}).append.empty());
    EXPECT_TRUE(node.hear(node_2, view, Body{theirs, 0, 1, sha256("else"), bytes}).append.empty());
    EXPECT_TRUE(node.hear(node_2, view_of(1, node_1), body_of(theirs, bytes)).append.empty());
    EXPECT_TRUE(node.hear(node_3, view, body_of(theirs, bytes)).append.empty())
        << "in another node's name";
    EXPECT_EQ(node.hear(node_2, view, body_of(theirs, bytes)).append.size(), 1U);
}

TEST_F(Ordering, GivesARequestInFlightNoSecondPlace) {
    const Body body = body_of(theirs, draft_of(make_dir_op("theirs")));
    EXPECT_EQ(node.hear(node_2, view, body).append.size(), 1U);
    EXPECT_TRUE(node.hear(node_2, view, body).append.empty());
}

TEST_F(Ordering, GivesARequestOfItsLogNoSecondPlace) {
    const RequestId in_log = log[3]->request;
    const Body body = body_of(in_log, draft_of(make_dir_op("x")));
    EXPECT_TRUE(node.hear(node_3, view, body).append.empty());
}

TEST_F(Ordering, GivesAnAppliedRequestNoSecondPlace) {
    const Body body = body_of(theirs, draft_of(make_dir_op("theirs")));
    const wire::EntryPtr entry = node.hear(node_2, view, body).append.at(0);
    node.flush();
    node.hear(node_2, view, durable_from(node_2, entry));
    ASSERT_EQ(node.committed.back()->request, theirs);
    EXPECT_TRUE(node.hear(node_2, view, body).append.empty());
}

TEST_F(Ordering, ProposesAgainUnderTheSameIdOldestFirstInANewView) {
    node.propose(1, make_dir_op("a"));
    node.propose(2, make_dir_op("b"));
    node.hear(node_2, view_of(3, node_2), [this] {
        wire::ViewProposal proposal = view_from(5);
        proposal.last_view = view;  // so that our log is not ahead
        proposal.last_index = LogIndex(50);
        return proposal;
    }());
    accept_from(node_2, view_of(3, node_2));
    node.said.clear();
    accept_from(node_3, view_of(3, node_2));
    ASSERT_EQ(node.said.size(), 2U);
    for (std::uint64_t i = 0; i < 2; ++i) {
        const auto message = wire::decode_message(node.said[i]).value();
        const auto& body = std::get<Body>(message.payload);
        EXPECT_EQ(message.view, view_of(3, node_2));
        EXPECT_EQ(body.request, (RequestId{node_1, node.settings.boot, i + 1}));
        EXPECT_EQ(wire::decode_draft(body.piece)->op,
                  tree::encode(make_dir_op(i == 0 ? "a" : "b")));
    }
}

TEST_F(Ordering, RefusesMoreThanMayBeInFlight) {
    tree::WriteFile write{{tree::root_inode, "big"}, true, {}, {}};
    write.edits.push_back({tree::Edit::Kind::append, 0, std::string(4'000'000, 'x')});
    std::uint64_t sequence = 0;
    while (node.refused.empty() && sequence < 10)
        node.propose(++sequence, write);
    EXPECT_EQ(sequence, 5U);
    EXPECT_EQ(node.refused.at(0).reason, Code::busy);
    EXPECT_LE(node.status().in_flight_bytes, OwnRequests::max_bytes);
    EXPECT_EQ(node.replica().writable(node.now), Code::ok) << "a small one still fits";
}

TEST_F(Ordering, RefusesAnOperationOverTheLimit) {
    Propose event;
    event.sequence = 1;
    event.op.assign(wire::max_op_bytes + 1, 'x');
    node.step(std::move(event));
    EXPECT_EQ(node.refused.at(0).reason, Code::file_too_large);
}

TEST_F(Following, SendsItsChangeToTheLeaderAndTakesItsOwnCopyWhenOrdered) {
    node.propose(1, make_dir_op("mine"));
    const auto said = node.last_said<Body>();
    ASSERT_TRUE(said);
    EXPECT_EQ(said->view, view);
    const RequestId request = std::get<Body>(said->payload).request;
    const Actions actions =
        node.hear(node_2, view, append_of(6, {first_entry_item(), {request, {}}}));
    ASSERT_EQ(actions.append.size(), 2U);
    EXPECT_EQ(actions.append[1]->op, tree::encode(make_dir_op("mine")));
    EXPECT_EQ(node.status().in_flight_requests, 1U) << "until it is committed";
}

TEST_F(Following, TakesAppendsInOrderOnly) {
    EXPECT_TRUE(node.hear(node_2, view, append_of(7, {first_entry_item()})).append.empty());
    EXPECT_TRUE(node.hear(node_2, view, append_of(6, {first_entry_item()})).append.empty())
        << "after a gap it is out of step";
}

TEST_F(Following, TakesAMissingBodyForAGap) {
    const RequestId unknown{node_3, Boot(1), 77};
    const Actions actions =
        node.hear(node_2, view, append_of(6, {first_entry_item(), {unknown, {}}}));
    EXPECT_EQ(actions.append.size(), 1U);
    EXPECT_TRUE(node.hear(node_2, view, append_of(7, {first_entry_item()})).append.empty());
}

TEST_F(Following, KeepsABoundedMemoryOfWhatADiskThatHangsHasNotWritten) {
    std::uint64_t taken = 0;
    while (!node.hear(node_2, view, append_of(6 + taken, {first_entry_item()})).append.empty())
        ASSERT_LT(++taken, 100'000U) << "a disk that hangs fills the memory";
    EXPECT_FALSE(node.last_said<wire::Fetch>());
    node.flush();
    const auto fetch = node.last_said<wire::Fetch>();
    ASSERT_TRUE(fetch) << "the rest is fetched once the disk has what it was given";
    const auto entries = std::get<wire::FetchEntries>(std::get<wire::Fetch>(fetch->payload).what);
    EXPECT_EQ(entries.after, LogIndex(5 + taken));
}

TEST_F(Following, TakesNothingFromWhoDoesNotLead) {
    EXPECT_TRUE(node.hear(node_3, view, append_of(6, {first_entry_item()})).append.empty());
    EXPECT_TRUE(
        node.hear(node_1, view_of(1, node_1), append_of(6, {first_entry_item()})).append.empty());
    EXPECT_EQ(node.hear(node_2, view, append_of(6, {first_entry_item()})).append.size(), 1U);
}

TEST_F(Following, StartsARoundWhenWhatItWaitsForDoesNotCome) {
    node.pass(std::chrono::seconds(60));
    EXPECT_FALSE(node.last_said<wire::Hello>()) << "nothing waits";
    node.propose(1, make_dir_op("mine"));
    node.pass(min_patience - std::chrono::milliseconds(1));
    EXPECT_FALSE(node.last_said<wire::Hello>());
    node.pass(std::chrono::milliseconds(1));
    EXPECT_TRUE(node.last_said<wire::Hello>());
}

TEST_F(Following, IgnoresBytesThatAreNoMessageAndSendersThatAreNoMembers) {
    EXPECT_TRUE(node.step(MessageReceived{node_2, "garbage"}).multicast.empty());
    EXPECT_TRUE(node.hear(NodeId(9), view, append_of(6, {first_entry_item()})).append.empty());
}

// Locks ------------------------------------------------------------------------------------------

class Locks : public testing::Test {
  protected:
    Locks() {
        node.step(ConfigurationChanged{{node_1}, true});
        settle_alone(node);
        for (const char* path : {"priv", "priv/lock", "priv/lock/a"})
            save(make_dir_op(path));
        node.pass(std::chrono::seconds(1));
        node.committed.clear();
    }
    Code save(const tree::Op& op) {
        node.propose(++sequence, op);
        node.flush();
        return node.outcomes.back().result;
    }
    static tree::Op set_times(std::int64_t ns) {
        return tree::SetTimes{{tree::root_inode, "priv/lock/a"}, wall_from_ns(ns)};
    }
    [[nodiscard]] bool held() const {
        return node.state.tree.resolve({tree::root_inode, "priv/lock/a"}).has_value();
    }
    void pass_seconds(int seconds) {
        for (int i = 0; i < seconds; ++i)
            node.pass(std::chrono::seconds(1));
    }
    std::uint64_t sequence = 0;
    TestNode node{new_settings_of(node_1), {node_1}};
};

TEST_F(Locks, AHeldOneIsNotFreed) {
    pass_seconds(119);
    EXPECT_EQ(save(make_dir_op("priv/lock/a")), Code::already_exists);
    save(set_times(0));
    EXPECT_TRUE(held());
}

TEST_F(Locks, MkdirTakesOneThatExpired) {
    pass_seconds(121);
    EXPECT_EQ(save(make_dir_op("priv/lock/a")), Code::ok);
    ASSERT_EQ(node.committed.size(), 2U);
    EXPECT_EQ(node.committed[0]->kind, wire::EntryKind::expire);
}

TEST_F(Locks, UtimesToZeroFreesOneThatExpired) {
    pass_seconds(121);
    save(set_times(0));
    EXPECT_FALSE(held());
}

TEST_F(Locks, RenewalCountsFromWhenItWasApplied) {
    pass_seconds(100);
    EXPECT_EQ(save(set_times(5'000'000'000)), Code::ok);
    pass_seconds(119);
    EXPECT_EQ(save(make_dir_op("priv/lock/a")), Code::already_exists);
    pass_seconds(3);
    EXPECT_EQ(save(make_dir_op("priv/lock/a")), Code::ok);
}

TEST_F(Locks, ALeaderThatLeadsTheNextViewTooGoesOnCounting) {
    pass_seconds(100);
    node.step(ConfigurationChanged{{node_1, node_2}, true});
    node.step(ConfigurationChanged{{node_1}, true});
    settle_alone(node);
    ASSERT_TRUE(node.status().leading);
    pass_seconds(15);
    EXPECT_EQ(save(make_dir_op("priv/lock/a")), Code::already_exists);
    pass_seconds(10);
    EXPECT_EQ(save(make_dir_op("priv/lock/a")), Code::ok);
}

TEST_F(Locks, AfterAWhileWithoutAViewTheTimeStartsAfresh) {
    pass_seconds(100);
    node.step(ConfigurationChanged{{node_1, node_2}, true});
    pass_seconds(10);
    node.step(ConfigurationChanged{{node_1}, true});
    settle_alone(node);
    ASSERT_TRUE(node.status().leading);
    pass_seconds(100);
    EXPECT_EQ(save(make_dir_op("priv/lock/a")), Code::already_exists);
    pass_seconds(25);
    EXPECT_EQ(save(make_dir_op("priv/lock/a")), Code::ok);
}

TEST_F(Locks, ACallerCannotOrderAnExpiry) {
    const tree::Node* lock = *node.state.tree.resolve({tree::root_inode, "priv/lock/a"});
    EXPECT_EQ(save(tree::ExpireLock{lock->inode, lock->version}), Code::permission_denied);
    EXPECT_TRUE(held());
}

// Applying ---------------------------------------------------------------------------------------

TEST(StateMachine, GivesARepeatedRequestTheFirstResultAndChangesNothing) {
    StateMachine state;
    wire::Entry entry;
    entry.index = LogIndex(1);
    entry.request = {node_1, Boot(1), 1};
    entry.op = tree::encode(make_dir_op("a"));
    const tree::Outcome first = state.apply(entry);
    EXPECT_EQ(first.result, Code::ok);
    const Sha256 digest = state.tree.digest();
    entry.index = LogIndex(2);
    const tree::Outcome second = state.apply(entry);
    EXPECT_EQ(second.result, Code::ok);
    EXPECT_EQ(second.inode, first.inode);
    EXPECT_TRUE(second.changes.empty());
    EXPECT_EQ(state.tree.digest(), digest);
    EXPECT_EQ(state.applied, LogIndex(2));
}

TEST(StateMachine, AnOperationThatIsNoneIsCorruptAndChangesNothing) {
    StateMachine state;
    wire::Entry entry;
    entry.index = LogIndex(1);
    entry.request = {node_1, Boot(1), 1};
    entry.op = "no operation";
    const Sha256 digest = state.tree.digest();
    EXPECT_EQ(state.apply(entry).result, Code::corrupt);
    EXPECT_EQ(state.tree.digest(), digest);
}

TEST(StateMachine, AnOperationOfALevelThatIsNotInForceIsCorruptAndChangesNothing) {
    StateMachine state;
    wire::Entry entry;
    const auto apply = [&](wire::EntryKind kind, std::string op) {
        entry.index = next(entry.index);
        entry.kind = kind;
        entry.request.sequence = entry.index.value;
        entry.op = std::move(op);
        return state.apply(entry).result;
    };
    const auto level = [](std::uint32_t value) {
        ByteWriter op;
        op.u32(value);
        return op.take();
    };
    entry.request = {node_1, Boot(1), 0};
    const tree::Op chmod = tree::SetPermissions{{tree::root_inode, "a"}, 0700, {}};
    EXPECT_EQ(apply(wire::EntryKind::change, tree::encode(make_dir_op("a"))), Code::ok);
    const Sha256 digest = state.tree.digest();
    EXPECT_EQ(apply(wire::EntryKind::change, tree::encode(chmod)), Code::corrupt);
    EXPECT_EQ(apply(wire::EntryKind::change, tree::encode(tree::Transaction{{}, {chmod}})),
              Code::corrupt);
    EXPECT_EQ(state.tree.digest(), digest);

    entry.request = {};
    EXPECT_EQ(apply(wire::EntryKind::level, level(2) + "x"), Code::ok);
    EXPECT_EQ(state.level, 1U) << "what does not decode raises nothing";
    EXPECT_EQ(apply(wire::EntryKind::level, level(2)), Code::ok);
    EXPECT_EQ(apply(wire::EntryKind::level, level(1)), Code::ok);
    EXPECT_EQ(state.level, 2U) << "it never falls";
    entry.request = {node_1, Boot(1), 0};
    EXPECT_EQ(apply(wire::EntryKind::change, tree::encode(chmod)), Code::ok);
    EXPECT_NE(state.tree.digest(), digest);
}

}  // namespace
}  // namespace pmx::replica::test
