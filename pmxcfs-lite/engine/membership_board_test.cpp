#include "engine/membership_board.h"

#include <gtest/gtest.h>

namespace pmx::engine {
namespace {

using Left = std::map<NodeId, WallTime>;

WallTime at(std::int64_t at_s) {
    return wall_from_ns(at_s * 1'000'000'000);
}

ports::Configuration with(std::vector<NodeId> members) {
    return {.members = members, .nodes = members, .quorate = members.size() > 1};
}

TEST(MembershipBoard, RemembersWhenSomebodyLeftUntilTheyAreBack) {
    constexpr NodeId one{1};
    constexpr NodeId two{2};
    constexpr NodeId three{3};
    MembershipBoard board;
    board.configured(with({one, two, three}), at(10));
    EXPECT_EQ(board.current().left, Left());
    board.configured(with({one, two}), at(20));
    board.configured(with({one}), at(30));
    EXPECT_EQ(board.current().left, (Left{{two, at(30)}, {three, at(20)}}));
    board.configured(with({one, three}), at(40));
    EXPECT_EQ(board.current().left, (Left{{two, at(30)}}));
    EXPECT_EQ(board.current().configuration.members, (std::vector{one, three}));
}

TEST(MembershipBoard, TheVersionGrowsWithEveryChangeAndWithNothingElse) {
    MembershipBoard board;
    const ports::NodeList list{.cluster_name = "demo", .config_version = 1, .nodes = {}};
    board.listed({});
    EXPECT_EQ(board.current().version, 1U);
    board.listed(list);
    board.listed(list);
    EXPECT_EQ(board.current().version, 2U);
    board.configured(with({NodeId(1)}), at(1));
    board.configured(with({NodeId(1)}), at(2));
    EXPECT_EQ(board.current().version, 3U);
    EXPECT_EQ(board.current().list, list);
}

}  // namespace
}  // namespace pmx::engine
