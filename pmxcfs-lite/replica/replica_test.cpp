// One node: a view of one voter on a loopback.
#include "replica/replica.h"

#include <gtest/gtest.h>

#include "replica/test_node.h"

namespace pmx::replica::test {
namespace {

constexpr NodeId only_node{1};

tree::Op make_directory(const std::string& path) {
    return tree::MakeDirectory{{tree::root_inode, path}};
}

// A node alone whose first view is open and committed.
class OneNode : public testing::Test {
  protected:
    OneNode() {
        node.step(ConfigurationChanged{{only_node}, true});
        settle_alone(node);
    }
    TestNode node{new_settings_of(only_node), {only_node}};
};

TEST_F(OneNode, FormsItsClusterByItself) {
    const Status status = node.status();
    EXPECT_TRUE(status.leading);
    EXPECT_EQ(status.committed, LogIndex(1));
    EXPECT_EQ(status.voters, VoterList({{only_node, disk_of(only_node)}}));
    ASSERT_EQ(node.committed.size(), 1U);
    EXPECT_EQ(node.committed[0]->kind, wire::EntryKind::voters);
    EXPECT_EQ(node.replica().writable(node.now), Code::ok);
}

TEST_F(OneNode, AppendsInTheStepThatProposesAndCommitsInTheOneThatFlushes) {
    const Actions proposed = node.propose(1, make_directory("a"));
    ASSERT_EQ(proposed.append.size(), 1U);
    EXPECT_EQ(proposed.append[0]->index, LogIndex(2));
    EXPECT_TRUE(proposed.committed.empty());
    EXPECT_TRUE(proposed.multicast.empty());

    const Actions flushed = node.step(LogFlushed{LogIndex(2)});
    ASSERT_EQ(flushed.committed.size(), 1U);
    EXPECT_EQ(flushed.committed[0]->request, (RequestId{only_node, node.settings.boot, 1}));
    EXPECT_NE(node.state.tree.child(tree::root_inode, "a"), nullptr);
    EXPECT_EQ(node.status().in_flight_requests, 0U);
    EXPECT_EQ(node.status().in_flight_bytes, 0U);
}

TEST_F(OneNode, CommitsManyWithOneFlush) {
    for (std::uint64_t i = 1; i <= 10; ++i) {
        node.propose(i, make_directory("d" + std::to_string(i)));
    }
    const Actions flushed = node.step(LogFlushed{LogIndex(11)});
    EXPECT_EQ(flushed.committed.size(), 10U);
}

TEST_F(OneNode, AnswersABarrier) {
    node.propose(1, {}, wire::EntryKind::barrier);
    node.flush();
    EXPECT_EQ(node.committed.back()->kind, wire::EntryKind::barrier);
    EXPECT_EQ(node.outcomes.back().result, Code::ok);
}

}  // namespace
}  // namespace pmx::replica::test
