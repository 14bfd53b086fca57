#include "tests/sim/budget.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/sim/rest.h"

namespace pmx::sim {
namespace {

NodeList listed(const std::vector<std::uint32_t>& nodes) {
    return {{nodes.begin(), nodes.end()}, Quorum::majority};
}

// Five voters and a spare node, whose daemons stand still once the cluster is formed.
class BudgetTest : public testing::Test {
  protected:
    BudgetTest() {
        for (Node& node : cluster.nodes())
            cluster.power_on(node);
        for (int i = 0; i < 1000 && missing_for_rest(cluster); ++i) {
            while (cluster.network().order_one()) {
            }
            for (Node& node : cluster.nodes())
                cluster.work(node);
            cluster.pass(std::chrono::milliseconds(50));
        }
    }
    [[nodiscard]] bool can_spare(std::uint32_t node) {
        return budget.can_spare_disk(cluster.node(NodeId(node)));
    }
    void lose(std::uint32_t id) {
        Node& node = cluster.node(NodeId(id));
        cluster.kill(node);
        cluster.lose_disk(node);
        budget.spent(node.id);
    }

    Random random{1};
    Trace trace;
    Cluster cluster{random, trace, Checks::all(), 6, listed({1, 2, 3, 4, 5}), false};
    Budget budget{cluster};
};

TEST_F(BudgetTest, ADiskIsSparedWhereAMajorityStays) {
    ASSERT_FALSE(missing_for_rest(cluster));
    EXPECT_TRUE(can_spare(3));
    lose(3);
    EXPECT_TRUE(can_spare(4));
    lose(4);
    EXPECT_FALSE(can_spare(5));
}

// A leader that knows of neither loss begins with node 2: of 1, 3, 4 and 5 two are lost.
TEST_F(BudgetTest, ALivingVoterIsNotTakenOutBesideTheLost) {
    lose(3);
    lose(4);
    EXPECT_FALSE(budget.allows(listed({1, 3, 5})));
    EXPECT_TRUE(budget.allows(listed({1, 2, 5}))) << "the lost go, and nothing else changes";
}

TEST_F(BudgetTest, ADiskIsNotLostWhereLivingVotersAreBeingTakenOut) {
    lose(3);
    cluster.change_list(listed({1, 3, 5}));
    EXPECT_FALSE(can_spare(4));
    EXPECT_FALSE(can_spare(1));
}

// It has no vote yet, but the list that takes it in, by the disk it had, may be on its way.
TEST_F(BudgetTest, ANodeThatIsLostWhileItIsTakenInCounts) {
    lose(3);
    lose(4);
    EXPECT_TRUE(can_spare(6));
    cluster.change_list(listed({1, 2, 3, 4, 5, 6}));
    EXPECT_FALSE(can_spare(6));
}

TEST_F(BudgetTest, AListThatOnlyTheNetworkHasCounts) {
    Node& leader = cluster.node(NodeId(1));
    ASSERT_TRUE(leader.daemon->replica->status().leading);
    cluster.change_list(listed({1, 3, 4, 5}));
    cluster.kill(leader);
    ASSERT_EQ(leader.disk.platter().last(), cluster.log().last()) << "on no disk";
    cluster.change_list(listed({1, 2, 3, 4, 5}));
    lose(3);
    EXPECT_FALSE(can_spare(4)) << "of the list without node 2 two would be lost";
}

}  // namespace
}  // namespace pmx::sim
