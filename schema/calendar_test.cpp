#include "schema/calendar.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <string>

namespace pmx::schema {
namespace {

constexpr int hour = 3600;
constexpr int day = 24 * hour;
enum Weekday { mon, tue, wed, thu, fri, sat, sun };

CalendarRange range(std::string_view text) {
    const auto parsed = CalendarRange::parse(text);
    EXPECT_TRUE(parsed) << text;
    return parsed.value_or(CalendarRange{});
}

bool covers(std::string_view text, int weekday, int second) {
    return range(text).covers({weekday, second});
}

TEST(Calendar, TimesWithoutDaysAreEveryDays) {
    for (int weekday = mon; weekday <= sun; ++weekday) {
        EXPECT_FALSE(covers("8-12", weekday, 8 * hour - 1));
        EXPECT_TRUE(covers("8-12", weekday, 8 * hour));
        EXPECT_TRUE(covers("8-12", weekday, 12 * hour - 1));
        EXPECT_FALSE(covers("8-12", weekday, 12 * hour));
    }
    EXPECT_TRUE(covers("8:00-15:30", wed, 15 * hour + 1799));
    EXPECT_FALSE(covers("8:00-15:30", wed, 15 * hour + 1800));
    EXPECT_TRUE(covers("8:05:10 - 12:20:30", wed, 8 * hour + 310));
    EXPECT_FALSE(covers("8:05:10 - 12:20:30", wed, 8 * hour + 309));
    EXPECT_TRUE(covers("23-24:00", sun, day - 1));
}

TEST(Calendar, Days) {
    for (const char* text : {"mon..fri 8-12", "mon-fri 8-12", "Monday..FRI 8-12",
                             "mon,tue,wed..thu,fri 8-12", "mon..fri8-12"}) {
        EXPECT_TRUE(covers(text, mon, 9 * hour)) << text;
        EXPECT_TRUE(covers(text, fri, 9 * hour)) << text;
        EXPECT_FALSE(covers(text, sat, 9 * hour)) << text;
        EXPECT_FALSE(covers(text, sun, 9 * hour)) << text;
    }
    EXPECT_TRUE(covers("sat-mon 8-12", sun, 9 * hour));
    EXPECT_FALSE(covers("sat-mon 8-12", fri, 9 * hour));
    EXPECT_TRUE(covers("sun,tue-wed,fri 9-17", fri, 9 * hour));
    EXPECT_FALSE(covers("sun,tue-wed,fri 9-17", thu, 9 * hour));
}

TEST(Calendar, OverMidnightItBelongsToTheDayOnWhichItStarts) {
    const char* text = "fri 22:00-06:00";
    EXPECT_FALSE(covers(text, fri, 5 * hour));
    EXPECT_FALSE(covers(text, fri, 22 * hour - 1));
    EXPECT_TRUE(covers(text, fri, 22 * hour));
    EXPECT_TRUE(covers(text, sat, 6 * hour - 1));
    EXPECT_FALSE(covers(text, sat, 6 * hour));
    EXPECT_FALSE(covers(text, sat, 23 * hour));
    EXPECT_EQ(range(text).seconds_until_end({fri, 23 * hour}), 7 * hour);
    EXPECT_EQ(range(text).seconds_until_end({sat, 5 * hour}), hour);
    // From the last day of the week into the first.
    EXPECT_TRUE(covers("sun 23-1", mon, 0));
    EXPECT_EQ(range("22-6").seconds_until_end({mon, 0}), 6 * hour);
}

TEST(Calendar, WhatEndsWhereItStartsCoversNothing) {
    for (int weekday = mon; weekday <= sun; ++weekday) {
        EXPECT_FALSE(covers("8-8", weekday, 8 * hour));
        EXPECT_FALSE(covers("0-0", weekday, 0));
    }
}

TEST(Calendar, WhatIsNoRange) {
    for (const char* text : {"",
                             " ",
                             "8",
                             "8-",
                             "-8",
                             "8-25",
                             "24-8",
                             "8:60-12",
                             "8-12:00:60",
                             "8-24:01",
                             "xyz 8-12",
                             "mon",
                             "mon..",
                             "mon.. 8-12",
                             ",mon 8-12",
                             "mon, 8-12",
                             "mon.fri 8-12",
                             "8-12 mon",
                             "8:-12",
                             "008-12",
                             "8-12-14",
                             "8-12,13-14",
                             "mon..xyz 8-12",
                             "8:00:00:00-12",
                             "+8-12",
                             "mon fri 8-12",
                             "8 -12 x",
                             "99999999999999999999-1"}) {
        EXPECT_FALSE(CalendarRange::parse(text)) << text;
    }
}

TEST(Calendar, RangesThatFollowOneAnotherAreOne) {
    const std::vector<CalendarRange> ranges = {range("mon-fri 22-6"), range("sat,sun 0-24"),
                                               range("mon 12-13")};
    EXPECT_EQ(seconds_until_end(ranges, {fri, 23 * hour}), hour + 2 * day);
    EXPECT_EQ(seconds_until_end(ranges, {sun, 0}), day);
    EXPECT_EQ(seconds_until_end(ranges, {mon, 12 * hour}), hour);
    EXPECT_EQ(seconds_until_end(ranges, {mon, 13 * hour}), 0);
    EXPECT_EQ(seconds_until_end({}, {mon, 0}), 0);
    EXPECT_EQ(seconds_until_end({range("0-24")}, {wed, 5}), seconds_of_week);
}

// A week on a grid of half hours, one flag each: what ranges mean, the simple way.
constexpr int slots_of_day = 48;
constexpr int slots_of_week = 7 * slots_of_day;
constexpr int slot_s = day / slots_of_day;
using Week = std::array<bool, slots_of_week>;

struct GridRange {
    std::vector<int> days;
    int start = 0;  // slot of the day
    int end = 0;    // 0 to slots_of_day

    [[nodiscard]] std::string text() const {
        constexpr std::array names = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
        std::string result;
        for (const int one : days)
            result += (result.empty() ? "" : ",") + std::string(names.at(std::size_t(one)));
        const auto time = [](int slot) {
            return std::to_string(slot / 2) + (slot % 2 == 1 ? ":30" : ":0");
        };
        return result + " " + time(start) + "-" + time(end);
    }

    void mark(Week& week) const {
        const int length = end >= start ? end - start : end + slots_of_day - start;
        std::vector<int> starts = days;
        if (starts.empty()) starts = {0, 1, 2, 3, 4, 5, 6};
        for (const int one : starts) {
            for (int i = 0; i < length; ++i)
                week.at(std::size_t((one * slots_of_day + start + i) % slots_of_week)) = true;
        }
    }
};

GridRange any_range() {
    GridRange one;
    one.days = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 7));
    one.start = *rc::gen::inRange(0, slots_of_day);
    one.end = *rc::gen::inRange(0, slots_of_day + 1);
    return one;
}

RC_GTEST_PROP(CalendarLaws, RangesCoverWhatTheWeekShows, ()) {
    Week week{};
    std::vector<CalendarRange> ranges;
    const int count = *rc::gen::inRange(1, 4);
    for (int i = 0; i < count; ++i) {
        const GridRange one = any_range();
        const auto parsed = CalendarRange::parse(one.text());
        RC_ASSERT(parsed.has_value());
        ranges.push_back(*parsed);
        one.mark(week);
    }
    const int slot = *rc::gen::inRange(0, slots_of_week);
    const int into = *rc::gen::inRange(0, slot_s);
    int covered = 0;
    while (covered < slots_of_week && week.at(std::size_t((slot + covered) % slots_of_week)))
        ++covered;
    const std::int64_t expected =
        covered == slots_of_week ? seconds_of_week : std::max(0, covered * slot_s - into);
    const LocalTime time{slot / slots_of_day, slot % slots_of_day * slot_s + into};
    RC_CLASSIFY(covered > 0, "covered");
    RC_CLASSIFY(covered > slots_of_day, "more than a day");
    RC_ASSERT(seconds_until_end(ranges, time) == expected);
    RC_ASSERT(std::any_of(ranges.begin(), ranges.end(),
                          [&](const auto& one) { return one.covers(time); }) == (covered > 0));
}

RC_GTEST_PROP(CalendarLaws, AnyTextIsARangeOrNone, ()) {
    const auto text = *rc::gen::container<std::string>(
        rc::gen::element<char>('m', 'o', 'n', ' ', '-', '.', ',', ':', '0', '2', '8'));
    const auto parsed = CalendarRange::parse(text);
    if (!parsed) return;
    const LocalTime time{*rc::gen::inRange(0, 7), *rc::gen::inRange(0, day)};
    const std::int64_t left = parsed->seconds_until_end(time);
    RC_ASSERT(left >= 0 && left <= day);
}

}  // namespace
}  // namespace pmx::schema
