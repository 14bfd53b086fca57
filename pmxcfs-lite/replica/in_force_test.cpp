#include "replica/in_force.h"

#include <gtest/gtest.h>

namespace pmx::replica {
namespace {

Era era(std::uint64_t count) {
    return {count, {}};
}

View view(std::uint64_t count, std::uint64_t number) {
    return {era(count), number, NodeId(1)};
}

wire::Entry entry(std::uint64_t index, const View& of) {
    wire::Entry entry;
    entry.index = LogIndex(index);
    entry.view = of;
    return entry;
}

TEST(InForce, TellsWhereEachViewEnded) {
    InForce in_force;
    EXPECT_TRUE(in_force.apply(entry(1, view(0, 1))));
    EXPECT_FALSE(in_force.apply(entry(2, view(0, 1))));
    EXPECT_TRUE(in_force.apply(entry(3, view(0, 4))));
    EXPECT_TRUE(in_force.apply(entry(4, view(1, 1))));
    EXPECT_EQ(in_force.ended, (ViewEnds{{view(0, 1), LogIndex(2)}, {view(0, 4), LogIndex(3)}}));
    EXPECT_EQ(in_force.view, view(1, 1));
}

TEST(InForce, ForgetsLastWhereAnEraEnded) {
    InForce in_force;
    std::uint64_t index = 0;
    for (std::uint64_t number = 1; number <= 3; ++number)
        (void)in_force.apply(entry(++index, view(0, number)));
    for (std::uint64_t number = 1; number <= max_view_ends + 2; ++number)
        (void)in_force.apply(entry(++index, view(1, number)));
    ASSERT_EQ(in_force.ended.size(), max_view_ends);
    EXPECT_EQ(in_force.ended[0], (ViewEnd{view(0, 3), LogIndex(3)}));
    EXPECT_EQ(in_force.ended[1], (ViewEnd{view(1, 3), LogIndex(6)}));
    EXPECT_EQ(in_force.ended.back(), (ViewEnd{view(1, max_view_ends + 1), LogIndex(index - 1)}));
    for (std::uint64_t count = 2; count <= max_view_ends + 2; ++count)
        (void)in_force.apply(entry(++index, view(count, 1)));
    ASSERT_EQ(in_force.ended.size(), max_view_ends);
    EXPECT_EQ(in_force.ended[0].view.era, era(2)) << "eras only: the oldest goes";
}

TEST(LastCommon, IsWhereTheShorterOfAViewEnds) {
    const ViewEnds first{{view(0, 1), LogIndex(4)}, {view(0, 2), LogIndex(9)}};
    const ViewEnds second{
        {view(0, 1), LogIndex(4)}, {view(0, 2), LogIndex(7)}, {view(1, 1), LogIndex(20)}};
    EXPECT_EQ(last_common(first, second), LogIndex(7));
    EXPECT_EQ(last_common(second, first), LogIndex(7));
    EXPECT_EQ(last_common(first, first), LogIndex(9));
}

TEST(LastCommon, PassesOverViewsThatOneOfThemHas) {
    const ViewEnds ours{
        {view(0, 1), LogIndex(6)}, {view(0, 3), LogIndex(9)}, {view(1, 1), LogIndex(30)}};
    const ViewEnds theirs{
        {view(0, 1), LogIndex(4)}, {view(0, 2), LogIndex(9)}, {view(2, 1), LogIndex(30)}};
    EXPECT_EQ(last_common(ours, theirs), LogIndex(4));
    EXPECT_EQ(last_common(theirs, ours), LogIndex(4));
}

TEST(LastCommon, IsNothingWhereNoViewIs) {
    EXPECT_EQ(last_common({{view(1, 1), LogIndex(5)}}, {{view(2, 1), LogIndex(9)}}), LogIndex());
    EXPECT_EQ(last_common({}, {{view(2, 1), LogIndex(9)}}), LogIndex());
}

}  // namespace
}  // namespace pmx::replica
