#include "notifier/plan/expectations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace pmx::notifier {
namespace {

using schema::Expectation;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t hour = 3600;

Expectation nightly() {
    Expectation expectation;
    expectation.name = "nightly";
    expectation.type = "vzdump";
    expectation.fields = {*schema::FieldRule::parse("exact:job-id=nightly")};
    expectation.within_s = 26 * hour;
    return expectation;
}

bool is_overdue(const Watch& watch, std::int64_t now_s) {
    return !overdue({nightly()}, {{"nightly", watch}}, now_s).empty();
}

TEST(Expectations, WhatFulfilsThem) {
    Event event;
    event.type = "vzdump";
    event.fields = {{"job-id", "nightly"}};
    EXPECT_TRUE(fulfils(nightly(), event));
    event.severity = Severity::error;
    EXPECT_TRUE(fulfils(nightly(), event));
    event.fields = {{"job-id", "weekly"}};
    EXPECT_FALSE(fulfils(nightly(), event));
    event.job = "nightly";
    event.fields.clear();
    EXPECT_TRUE(fulfils(nightly(), event));
    event.type = "replication";
    EXPECT_FALSE(fulfils(nightly(), event));
}

TEST(Expectations, OverdueWhenNothingCameInTime) {
    const Watch seen{.watched_since_s = 0, .seen_s = 100, .told_s = {}};
    EXPECT_FALSE(is_overdue(seen, 100 + 26 * hour - 1));
    EXPECT_TRUE(is_overdue(seen, 100 + 26 * hour));
    // What never came is awaited since it is watched.
    const Watch fresh{.watched_since_s = 50, .seen_s = {}, .told_s = {}};
    EXPECT_FALSE(is_overdue(fresh, 50 + 26 * hour - 1));
    EXPECT_TRUE(is_overdue(fresh, 50 + 26 * hour));
}

TEST(Expectations, ToldOnceUntilAnotherPeriodHasPassed) {
    Watch watch{.watched_since_s = 0, .seen_s = 0, .told_s = 27 * hour};
    EXPECT_FALSE(is_overdue(watch, 27 * hour));
    EXPECT_FALSE(is_overdue(watch, 53 * hour - 1));
    EXPECT_TRUE(is_overdue(watch, 53 * hour));
    // It came after all: the next miss is a new one.
    watch.seen_s = 40 * hour;
    EXPECT_FALSE(is_overdue(watch, 53 * hour));
    EXPECT_TRUE(is_overdue(watch, 66 * hour));
}

TEST(Expectations, DisabledAndUnwatchedOnesAreNeverOverdue) {
    Expectation off = nightly();
    off.disable = true;
    EXPECT_THAT(overdue({off}, {{"nightly", {}}}, 1000 * hour), IsEmpty());
    EXPECT_THAT(overdue({nightly()}, {}, 1000 * hour), IsEmpty());
    EXPECT_EQ(next_check_s({off}, {{"nightly", {}}}), std::nullopt);
    EXPECT_EQ(next_check_s({nightly()}, {}), std::nullopt);
}

TEST(Expectations, TheEventThatTellsOfAMiss) {
    Expectation expectation = nightly();
    expectation.comment = "ask Ann";
    expectation.target = "phone";
    const auto misses =
        overdue({expectation}, {{"nightly", {.watched_since_s = 0, .seen_s = hour, .told_s = {}}}},
                27 * hour + 60);
    ASSERT_EQ(misses.size(), 1U);
    const Event event = missed_event(misses[0], "node1", 27 * hour + 60);
    EXPECT_EQ(event.type, "expectation-missed");
    EXPECT_EQ(event.severity, Severity::error);
    EXPECT_EQ(event.title, "Expected 'nightly' did not come within 26 h");
    EXPECT_THAT(event.body, HasSubstr("vzdump exact:job-id=nightly"));
    EXPECT_THAT(event.body, HasSubstr("It last came 1561 min ago"));
    EXPECT_THAT(event.body, HasSubstr("ask Ann"));
    EXPECT_EQ(event.target, "phone");
    EXPECT_EQ(event.node, "node1");
    EXPECT_EQ(event.fields.at("expectation"), "nightly");
    // The same miss told by another node, a little later, is the same event; the next is another.
    EXPECT_EQ(missed_event(misses[0], "node2", 28 * hour).id, event.id);
    EXPECT_NE(missed_event(misses[0], "node1", 53 * hour).id, event.id);
}

TEST(Expectations, OneThatNeverCameSaysSo) {
    const Overdue miss{nightly(), 0, false};
    EXPECT_THAT(missed_event(miss, "node1", 30 * hour).body, HasSubstr("It never came"));
}

// Played through time: a miss is told at its hour, once a period, and never while it comes.
RC_GTEST_PROP(ExpectationLaws, ToldExactlyWhenSilent, ()) {
    const auto came = *rc::gen::container<std::set<int>>(rc::gen::inRange(0, 200));
    Watches watches = {{"nightly", {}}};
    Watch& watch = watches["nightly"];
    std::vector<int> told;
    std::vector<int> expected;
    int waiting_since = 0;
    for (int now = 0; now < 200; ++now) {
        if (came.contains(now)) {
            watch.seen_s = now * hour;
            waiting_since = now;
        } else if (now > waiting_since && (now - waiting_since) % 26 == 0) {
            expected.push_back(now);
        }
        const auto next = next_check_s({nightly()}, watches);
        const auto misses = overdue({nightly()}, watches, now * hour);
        RC_ASSERT(misses.empty() == (*next > now * hour));
        if (misses.empty()) continue;
        RC_ASSERT(misses.front().waiting_since_s == waiting_since * hour);
        told.push_back(now);
        watch.told_s = now * hour;
    }
    RC_CLASSIFY(!told.empty(), "told");
    RC_ASSERT(told == expected);
}

}  // namespace
}  // namespace pmx::notifier
