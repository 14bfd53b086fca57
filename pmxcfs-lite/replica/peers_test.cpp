#include "replica/peers.h"

#include <gtest/gtest.h>

namespace pmx::replica {
namespace {

DiskId disk(std::uint8_t number) {
    DiskId id;
    id.bytes.fill(number);
    return id;
}

View view(std::uint64_t number) {
    return View{.era = {}, .number = number, .leader = NodeId(1)};
}

wire::Hello::Seen seen(NodeId node, DiskId disk, View last_view, LogIndex last) {
    return {node, disk, {}, {}, last_view, last};
}

const VoterList voters{{NodeId(1), disk(1)}, {NodeId(2), disk(2)}, {NodeId(3), disk(3)}};

TEST(FurthestBeyond, NobodyWasHeardOf) {
    EXPECT_FALSE(SeenDisks().furthest_beyond(voters, view(1), LogIndex(4)));
}

TEST(FurthestBeyond, TheOneWithMostOfThoseThatHaveMore) {
    SeenDisks disks;
    disks.learn(seen(NodeId(2), disk(2), view(7), LogIndex(12)));
    disks.learn(seen(NodeId(3), disk(3), view(7), LogIndex(15)));
    const auto furthest = disks.furthest_beyond(voters, view(7), LogIndex(10));
    ASSERT_TRUE(furthest);
    EXPECT_EQ(furthest->node, NodeId(3));
    EXPECT_EQ(furthest->last_index, LogIndex(15));
}

TEST(FurthestBeyond, AnOlderViewIsNotBeyondHoweverLong) {
    SeenDisks disks;
    disks.learn(seen(NodeId(2), disk(2), view(6), LogIndex(90)));
    EXPECT_FALSE(disks.furthest_beyond(voters, view(7), LogIndex(10)));
}

TEST(FurthestBeyond, ADiskThatDoesNotVoteIsNoPlaceToGoOn) {
    SeenDisks disks;
    disks.learn(seen(NodeId(3), disk(9), view(7), LogIndex(15)));
    EXPECT_FALSE(disks.furthest_beyond(voters, view(7), LogIndex(10)));
}

}  // namespace
}  // namespace pmx::replica
