#include "control/standings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/cluster_for_tests.h"

namespace pmx::control {
namespace {

using Cluster = ClusterForTests;
using testing::Field;
using testing::Pointee;
using testing::UnorderedElementsAre;

TEST(Standings, AHealthyCluster) {
    const auto nodes = standings(Cluster::healthy());
    ASSERT_EQ(nodes.size(), 3U);
    EXPECT_TRUE(nodes[0].self);
    EXPECT_TRUE(nodes[1].leads);
    EXPECT_EQ(nodes[2].address, "10.0.0.3");
    EXPECT_EQ(nodes[2].durable, LogIndex(1200));
    for (const Standing& node : nodes)
        EXPECT_TRUE(node.listed && node.online && node.voter && node.in_step && node.counts());
    const Quorum quorum = count_votes(nodes);
    EXPECT_EQ(quorum.voters, 3U);
    EXPECT_EQ(quorum.here, 3U);
    EXPECT_EQ(quorum.needed, 2U);
    EXPECT_TRUE(quorum.missing.empty());
}

TEST(Standings, ANodeAlone) {
    ports::StoreStatus status;
    status.identity.node = Cluster::one;
    status.identity.node_name = "one";
    const auto nodes = standings(status);
    ASSERT_EQ(nodes.size(), 1U);
    EXPECT_EQ(nodes[0].title(), "one");
    EXPECT_TRUE(nodes[0].online);
}

TEST(Standings, AVoterWhoIsAwayIsMissing) {
    auto status = Cluster::healthy();
    const WallTime then = wall_from_ns(7);
    Cluster::lose(status, Cluster::two, then, false);
    Cluster::lose(status, Cluster::three, std::nullopt);
    const auto nodes = standings(status);
    EXPECT_EQ(nodes[1].left, then);
    EXPECT_TRUE(nodes[1].reachable);
    EXPECT_FALSE(nodes[1].durable);
    EXPECT_FALSE(nodes[2].left);
    EXPECT_FALSE(nodes[2].reachable);
    const Quorum quorum = count_votes(nodes);
    EXPECT_EQ(quorum.here, 1U);
    EXPECT_THAT(quorum.missing,
                UnorderedElementsAre(Pointee(Field(&Standing::id, Cluster::two)),
                                     Pointee(Field(&Standing::id, Cluster::three))));
}

TEST(Standings, WhoeverIsBackHasNotLeft) {
    auto status = Cluster::healthy();
    status.membership.left[Cluster::two] = wall_from_ns(7);
    EXPECT_FALSE(standings(status)[1].left);
}

TEST(Standings, AVoteIsADisksNotANodes) {
    auto status = Cluster::healthy();
    status.replica.peers[1].voter = false;
    const auto nodes = standings(status);
    EXPECT_TRUE(nodes[2].other_disk);
    EXPECT_EQ(count_votes(nodes).here, 2U);
    status.replica.peers[1].name.clear();  // it has not said yet which disk it has
    EXPECT_FALSE(standings(status)[2].other_disk);
    status.replica.peers[1].name = "three";

    status.identity.disk = Cluster::disk_of(NodeId(9));
    EXPECT_TRUE(standings(status)[0].other_disk);
    EXPECT_EQ(count_votes(standings(status)).here, 1U);
}

TEST(Standings, WhoIsRefusedDoesNotCount) {
    auto status = Cluster::healthy();
    status.replica.peers[0].refusal = "it belongs to another cluster";
    EXPECT_EQ(count_votes(standings(status)).here, 2U);
}

TEST(Standings, ANodeThatTheListDoesNotNameIsCalledWhatItSays) {
    auto status = Cluster::healthy();
    status.membership.list.nodes.pop_back();
    replica::Peer stranger;
    stranger.node = NodeId(9);
    stranger.present = true;
    status.replica.peers.push_back(stranger);
    const auto nodes = standings(status);
    ASSERT_EQ(nodes.size(), 4U);
    EXPECT_EQ(nodes[2].title(), "three");
    EXPECT_FALSE(nodes[2].listed);
    EXPECT_EQ(nodes[3].title(), "node 9");
}

}  // namespace
}  // namespace pmx::control
