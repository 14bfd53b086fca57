// What two lines of requests have not in common, by their results.
#include <gtest/gtest.h>

#include "replica/request_results.h"

namespace pmx::replica {
namespace {

RequestId request_of(std::uint64_t sequence, std::uint64_t boot = 1) {
    return {NodeId(2), Boot(boot), sequence};
}

// Requests first to last, each applied at the index of its number.
RequestResults results_of(std::uint64_t first, std::uint64_t last) {
    RequestResults results;
    for (std::uint64_t i = first; i <= last; ++i)
        results.record(request_of(i), {LogIndex(i), Code::ok, Inode(100 + i)});
    return results;
}

TEST(RequestResults, TellWhatIsLostInALogThatHasLess) {
    const auto lost = results_of(1, 5).lost_in(results_of(1, 3), LogIndex(3));
    ASSERT_EQ(lost.size(), 2U);
    EXPECT_EQ(lost[0], (RequestResults::Lost{request_of(4), LogIndex(4), Inode(104)}));
    EXPECT_EQ(lost[1], (RequestResults::Lost{request_of(5), LogIndex(5), Inode(105)}));
}

TEST(RequestResults, TellOfNothingLostWhereTheLogsAreOne) {
    EXPECT_TRUE(results_of(1, 5).lost_in(results_of(1, 9), LogIndex(5)).empty());
    EXPECT_TRUE(results_of(1, 5).lost_in({}, LogIndex(5)).empty()) << "both logs have them";
}

TEST(RequestResults, TellOfNothingLostThatHadNoEffect) {
    RequestResults ours = results_of(1, 3);
    ours.record(request_of(4), {LogIndex(4), Code::already_exists, Inode()});
    EXPECT_TRUE(ours.lost_in(results_of(1, 3), LogIndex(3)).empty());
}

// Applied in both lines, at places of their own.
TEST(RequestResults, TellOfNothingLostThatWasProposedAgain) {
    RequestResults theirs = results_of(1, 3);
    theirs.record(request_of(4), {LogIndex(9), Code::ok, Inode(7)});
    EXPECT_TRUE(results_of(1, 4).lost_in(theirs, LogIndex(3)).empty());
}

TEST(RequestResults, TellOfThoseThatWereForgottenByTheirNumbers) {
    const std::uint64_t last = RequestResults::max_in_flight + 10;
    RequestResults theirs = results_of(1, 3);
    theirs.record(request_of(6), {LogIndex(20), Code::ok, {}});
    const auto lost = results_of(1, last).lost_in(theirs, LogIndex(3));
    EXPECT_EQ(lost.size(), last - 4) << "all but 1 to 3 and 6";
    EXPECT_EQ(lost.back(), (RequestResults::Lost{request_of(10), {}, {}}));
    for (const RequestResults::Lost& one : lost)
        EXPECT_FALSE(theirs.was_applied(one.request));
}

TEST(RequestResults, TellOfForgottenOnesThatTheOtherForgotToo) {
    const std::uint64_t last = RequestResults::max_in_flight + 10;
    EXPECT_TRUE(results_of(1, last).lost_in(results_of(1, last), LogIndex()).empty());
    const auto lost = results_of(1, last + 5).lost_in(results_of(1, last), LogIndex());
    EXPECT_EQ(lost.size(), 5U);
}

TEST(RequestResults, TellOfNoMoreThanABound) {
    const auto many = results_of(1, RequestResults::max_lost + 10'000).lost_in({}, LogIndex());
    EXPECT_EQ(many.size(), RequestResults::max_lost);
    EXPECT_EQ(many.front().request.sequence, RequestResults::max_lost + 10'000 - 1023)
        << "the last of them first";
}

}  // namespace
}  // namespace pmx::replica
