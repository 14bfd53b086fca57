#include "notifier/cluster/member_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmx::notifier {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Members cluster(std::map<std::string, bool> online, Quorum quorum = Quorum::there) {
    Members members;
    members.quorum = quorum;
    members.online = std::move(online);
    return members;
}

const Members all = cluster({{"a", true}, {"b", true}});
const Members b_gone = cluster({{"a", true}, {"b", false}});

TEST(MemberWatch, ANodeIsLostAfterTheGracePeriod) {
    MemberWatch watch(60);
    EXPECT_THAT(watch.look(b_gone, {}, {}, 0, 1000).to_mark, IsEmpty());
    EXPECT_THAT(watch.look(b_gone, {}, {}, 59, 1059).to_mark, IsEmpty());
    EXPECT_THAT(watch.look(b_gone, {}, {}, 60, 1060).to_mark, ElementsAre("b"));
    const auto told = watch.look(b_gone, {{"b", 1060}}, {}, 61, 1061);
    EXPECT_THAT(told.to_mark, IsEmpty());
    EXPECT_EQ(told.lost.at("b"), 1060);
}

TEST(MemberWatch, ARebootWithinItIsNone) {
    MemberWatch watch(60);
    EXPECT_THAT(watch.look(b_gone, {}, {}, 0, 0).to_mark, IsEmpty());
    EXPECT_THAT(watch.look(all, {}, {}, 50, 50).to_mark, IsEmpty());
    EXPECT_THAT(watch.look(b_gone, {}, {}, 70, 70).to_mark, IsEmpty());
}

TEST(MemberWatch, WithoutQuorumNobodyElseIsLost) {
    MemberWatch watch(60);
    EXPECT_THAT(watch.look(b_gone, {}, {}, 0, 0).to_mark, IsEmpty());
    const Members alone = cluster({{"a", true}, {"b", false}}, Quorum::missing);
    EXPECT_THAT(watch.look(alone, {}, {}, 100, 100).to_mark, IsEmpty());
    EXPECT_THAT(watch.look(b_gone, {}, {}, 101, 101).to_mark, IsEmpty()) << "counted afresh";
}

TEST(MemberWatch, AFencingIsNoLoss) {
    MemberWatch watch(60);
    watch.look(b_gone, {}, {}, 0, 1000);
    const auto fenced = watch.look(b_gone, {}, {{"b", 990}}, 60, 1060);
    EXPECT_THAT(fenced.to_mark, IsEmpty());
    EXPECT_THAT(fenced.fenced, ElementsAre("b"));
    EXPECT_THAT(watch.look(b_gone, {}, {{"b", 100}}, 60, 1060).to_mark, ElementsAre("b"))
        << "that was another time";
    EXPECT_THAT(watch.look(b_gone, {}, {{"a", 1000}}, 60, 1060).to_mark, ElementsAre("b"));
}

TEST(MemberWatch, BackAndRemoved) {
    MemberWatch watch(60);
    const auto found = watch.look(all, {{"b", 5}, {"c", 6}}, {}, 0, 0);
    EXPECT_EQ(found.back.at("b"), 5);
    EXPECT_THAT(found.removed, ElementsAre("c"));
    EXPECT_THAT(found.lost, IsEmpty());
}

TEST(FencingWatch, IsOverOnceTheNodeIsBack) {
    FencingWatch watch;
    EXPECT_THAT(watch.look(all, {{"b", 1000}}, 1001), IsEmpty()) << "it has yet to go";
    EXPECT_THAT(watch.look(b_gone, {{"b", 1000}}, 1002), IsEmpty());
    EXPECT_THAT(watch.look(b_gone, {{"b", 1000}}, 9000), IsEmpty()) << "however long";
    const Members cut_off = cluster({{"a", true}, {"b", true}}, Quorum::missing);
    EXPECT_THAT(watch.look(cut_off, {{"b", 1000}}, 9001), IsEmpty());
    EXPECT_THAT(watch.look(all, {{"b", 1000}}, 9002), ElementsAre("b"));
}

TEST(FencingWatch, ASecondOneIsNotTakenForTheFirst) {
    FencingWatch watch;
    watch.look(b_gone, {{"b", 1000}}, 1002);
    // Another node has removed the first mark, and there is a new one, of a node that is still
    // here.
    EXPECT_THAT(watch.look(all, {{"b", 1100}}, 1101), IsEmpty());
    EXPECT_THAT(watch.look(b_gone, {{"b", 1100}}, 1102), IsEmpty());
    EXPECT_THAT(watch.look(all, {{"b", 1100}}, 1103), ElementsAre("b"));
}

TEST(FencingWatch, OneThatNeverWasIsForgotten) {
    FencingWatch watch;
    const std::map<std::string, std::int64_t> marks = {{"b", 1000}, {"stranger", 1000}};
    EXPECT_THAT(watch.look(all, marks, 1600), IsEmpty());
    EXPECT_THAT(watch.look(all, marks, 1601), ElementsAre("b", "stranger"));
    EXPECT_THAT(watch.look(cluster({}, Quorum::alone), marks, 1601), ElementsAre("b", "stranger"));
}

TEST(MemberWatch, WhomAFencingIsAbout) {
    const Members members = cluster({{"a", true}, {"a-b", true}});
    EXPECT_EQ(fenced_node("fenced-a-20000", members), "a");
    EXPECT_EQ(fenced_node("fenced-a-b-20000", members), "a-b");
    EXPECT_EQ(fenced_node("fenced-c-20000", members), std::nullopt);
    EXPECT_EQ(fenced_node("other", members), std::nullopt);
}

TEST(MemberWatch, TheIdIsTheSameWhoeverTellsIt) {
    EXPECT_EQ(node_lost_event("b", 5, b_gone, "a").id, node_lost_event("b", 5, all, "c").id);
    EXPECT_NE(node_lost_event("b", 5, b_gone, "a").id, node_lost_event("b", 6, b_gone, "a").id);
}

TEST(ParseMembers, WhatTheStoreSays) {
    const Members members = parse_members(
        R"({"nodename": "a", "cluster": {"quorate": 1},
            "nodelist": {"a": {"online": 1}, "b": {"online": 0}, "c": 3}})");
    EXPECT_EQ(members.quorum, Quorum::there);
    EXPECT_EQ(members.self, "a");
    EXPECT_TRUE(members.online.at("a"));
    EXPECT_FALSE(members.online.at("b"));
    EXPECT_FALSE(members.online.contains("c"));
    EXPECT_EQ(parse_members(R"({"cluster": {"quorate": 0}})").quorum, Quorum::missing);
    EXPECT_EQ(parse_members(R"({"nodename": "a"})").quorum, Quorum::alone);
    for (const char* text : {"", "[]", "{\"cluster\": 1}", "{\"cluster\": {\"quorate\": \"x\"}}"})
        EXPECT_NE(parse_members(text).quorum, Quorum::there) << text;
}

}  // namespace
}  // namespace pmx::notifier
