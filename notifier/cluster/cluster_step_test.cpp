#include "notifier/cluster/cluster_step.h"

#include <gtest/gtest.h>

namespace pmx::notifier {
namespace {

Sight sight(Quorum quorum, std::optional<ClusterState> own, bool offered) {
    Sight sight;
    sight.quorum = quorum;
    sight.own = own;
    sight.offered = offered;
    sight.offered_s = head_start_s;
    return sight;
}

TEST(ClusterStep, TheWayOfAnEvent) {
    const auto offered = ClusterState::offered;
    EXPECT_EQ(next_step(sight(Quorum::there, offered, false)), Step::offer);
    EXPECT_EQ(next_step(sight(Quorum::there, offered, true)), Step::claim);
    Sight held = sight(Quorum::there, ClusterState::held, true);
    EXPECT_EQ(next_step(held), Step::renew);
    held.done_here = true;
    EXPECT_EQ(next_step(held), Step::settle);
    held.settled = true;
    EXPECT_EQ(next_step(held), Step::take_result) << "somebody else was faster";
    EXPECT_EQ(next_step(sight(Quorum::there, ClusterState::settled, false)), Step::nothing);
}

TEST(ClusterStep, AnothersEventIsTakenOver) {
    Sight anothers = sight(Quorum::there, std::nullopt, true);
    EXPECT_EQ(next_step(anothers), Step::claim);
    anothers.offered_s = head_start_s - 1;
    EXPECT_EQ(next_step(anothers), Step::nothing) << "first is who accepted it";
    anothers.offered_s = -100;
    EXPECT_EQ(next_step(anothers), Step::claim) << "a clock that is ahead holds up nobody";
    anothers.settled = true;
    EXPECT_EQ(next_step(anothers), Step::tidy);
}

TEST(ClusterStep, WithoutQuorum) {
    EXPECT_EQ(next_step(sight(Quorum::missing, ClusterState::offered, false)), Step::deliver_alone);
    Sight known = sight(Quorum::missing, ClusterState::offered, true);
    EXPECT_EQ(next_step(known), Step::nothing);
    known.without_quorum_s = patience_without_quorum_s;
    EXPECT_EQ(next_step(known), Step::go_on);
    EXPECT_EQ(next_step(sight(Quorum::missing, ClusterState::held, true)), Step::nothing);
    EXPECT_EQ(next_step(sight(Quorum::missing, std::nullopt, true)), Step::nothing);
}

TEST(ClusterStep, WithoutACluster) {
    EXPECT_EQ(next_step(sight(Quorum::alone, ClusterState::offered, false)), Step::deliver_alone);
    EXPECT_EQ(next_step(sight(Quorum::alone, ClusterState::offered, true)), Step::deliver_alone);
    EXPECT_EQ(next_step(sight(Quorum::alone, std::nullopt, true)), Step::nothing);
}

TEST(ClusterStep, WithoutRoomItIsLocal) {
    Sight full = sight(Quorum::there, ClusterState::offered, false);
    full.can_offer = false;
    EXPECT_EQ(next_step(full), Step::deliver_alone);
}

}  // namespace
}  // namespace pmx::notifier
