#include "notifier/daemon/target_turn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmx::notifier {
namespace {

TEST(TargetTurn, AfterAFailureAnotherIsTriedBeforeAllWait) {
    TargetTurn turn;
    EXPECT_TRUE(turn.choose(0).whatever_due);
    EXPECT_TRUE(turn.failed(1, true));
    EXPECT_EQ(turn.choose(0).except, 1);
    EXPECT_FALSE(turn.failed(2, true));
    const auto over = turn.end_round(0, 30);
    EXPECT_EQ(over.next_s, 30);
    EXPECT_THAT(over.tried, testing::ElementsAre(1, 2));
    EXPECT_TRUE(turn.choose(29).wait);
    EXPECT_EQ(turn.waits_until_s(), 30);
    EXPECT_FALSE(turn.choose(30).wait);
    EXPECT_FALSE(turn.choose(30).whatever_due) << "the first in line, for the order's sake";
}

TEST(TargetTurn, AnAnswerEndsIt) {
    TargetTurn turn;
    EXPECT_TRUE(turn.failed(1, true));
    turn.answered();
    EXPECT_EQ(turn.choose(0).except, 0);
    EXPECT_FALSE(turn.failed(1, false));
    turn.end_round(0, 30);
    turn.answered();
    EXPECT_FALSE(turn.choose(0).wait);
    EXPECT_TRUE(turn.choose(0).whatever_due);
}

TEST(TargetTurn, AnArrivalBringsARoundForwardWithoutCounting) {
    TargetTurn turn;
    EXPECT_TRUE(turn.counts(0));
    EXPECT_FALSE(turn.failed(1, false));
    turn.end_round(0, 3600);
    turn.arrived(1);
    EXPECT_TRUE(turn.choose(shortest_round_s - 1).wait) << "not with each of many arrivals";
    EXPECT_FALSE(turn.choose(shortest_round_s).wait);
    EXPECT_FALSE(turn.counts(shortest_round_s));
    EXPECT_EQ(turn.end_round(shortest_round_s, 9999).next_s, 3600) << "as it was";
    EXPECT_TRUE(turn.counts(3600));
    EXPECT_EQ(turn.end_round(3600, 7200).next_s, 7200);
}

TEST(TargetTurn, AClockThatIsSetBackStopsNothing) {
    TargetTurn turn;
    EXPECT_FALSE(turn.failed(1, false));
    turn.end_round(100'000, 103'600);
    EXPECT_FALSE(turn.choose(50'000).wait);
    EXPECT_TRUE(turn.counts(50'000));
}

}  // namespace
}  // namespace pmx::notifier
