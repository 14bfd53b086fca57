#include "notifier/plan/matcher.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace pmx::notifier {
namespace {

using schema::CalendarRule;
using schema::FieldRule;
using schema::FilterMode;
using schema::LocalTime;
using schema::Matcher;
using schema::SeverityRule;

Event backup(Severity severity = Severity::error) {
    Event event;
    event.type = "vzdump";
    event.severity = severity;
    event.node = "pve1";
    event.fields = {{"hostname", "pve1"}, {"job-id", "nightly"}, {"storage", ""}};
    return event;
}

Matcher matcher_of(std::string_view lines) {
    const std::string text = "matcher: mm\n" + std::string(lines);
    const auto parsed = schema::parse_notifications(text, "");
    EXPECT_TRUE(parsed.problems.empty()) << text;
    return parsed.values.matchers.empty() ? Matcher{} : parsed.values.matchers.front();
}

constexpr LocalTime wednesday_noon{2, 12 * 3600};

bool takes(std::string_view lines, const Event& event = backup()) {
    return judge(matcher_of(lines), event, wednesday_noon).takes;
}

TEST(Matcher, WithoutRulesItTakesEverything) {
    EXPECT_TRUE(takes(""));
    EXPECT_TRUE(takes("\tmode any\n"));
    // As Proxmox's: nothing to turn round.
    EXPECT_TRUE(takes("\tinvert-match 1\n"));
}

TEST(Matcher, FieldsExactly) {
    EXPECT_TRUE(takes("\tmatch-field exact:type=vzdump\n"));
    EXPECT_TRUE(takes("\tmatch-field exact:type=replication,vzdump\n"));
    EXPECT_FALSE(takes("\tmatch-field exact:type=replication\n"));
    EXPECT_FALSE(takes("\tmatch-field exact:type=vz\n"));
    EXPECT_TRUE(takes("\tmatch-field exact:hostname=pve1\n"));
    EXPECT_TRUE(takes("\tmatch-field exact:job-id=nightly\n"));
    EXPECT_TRUE(takes("\tmatch-field exact:storage=\n"));
}

TEST(Matcher, FieldsByPattern) {
    EXPECT_TRUE(takes("\tmatch-field regex:hostname=^pve\\d$\n"));
    EXPECT_TRUE(takes("\tmatch-field regex:hostname=ve\n"));
    EXPECT_FALSE(takes("\tmatch-field regex:hostname=^ve\n"));
}

TEST(Matcher, AFieldThatIsNotThereMatchesNothing) {
    EXPECT_FALSE(takes("\tmatch-field regex:guest=.*\n"));
    EXPECT_FALSE(takes("\tmatch-field exact:guest=\n"));
    EXPECT_TRUE(takes("\tmatch-field regex:storage=.*\n"));
}

TEST(Matcher, WhatTheEventItselfSaysIsAField) {
    Event event;
    event.type = "mine";
    event.node = "pve2";
    event.job = "weekly";
    EXPECT_EQ(field_of(event, "type"), "mine");
    EXPECT_EQ(field_of(event, "hostname"), "pve2");
    EXPECT_EQ(field_of(event, "job-id"), "weekly");
    EXPECT_EQ(field_of(event, "other"), std::nullopt);
    // What the sender says of the host comes before the node; nothing comes before the type.
    event.fields = {{"hostname", "guest"}, {"type", "vzdump"}};
    EXPECT_EQ(field_of(event, "hostname"), "guest");
    EXPECT_EQ(field_of(event, "type"), "mine");
}

TEST(Matcher, Severities) {
    EXPECT_TRUE(takes("\tmatch-severity error\n"));
    EXPECT_TRUE(takes("\tmatch-severity info,error\n"));
    EXPECT_FALSE(takes("\tmatch-severity info,notice,warning\n"));
    EXPECT_FALSE(takes("\tmatch-severity unknown\n"));
}

TEST(Matcher, UnknownIsMailThatTheSystemForwards) {
    Event mail = backup(Severity::notice);
    mail.type = "system-mail";
    EXPECT_TRUE(takes("\tmatch-severity unknown\n", mail));
    EXPECT_TRUE(takes("\tmatch-severity notice\n", mail));
    EXPECT_FALSE(takes("\tmatch-severity error\n", mail));
}

TEST(Matcher, Calendar) {
    EXPECT_TRUE(takes("\tmatch-calendar mon..fri 8-17\n"));
    EXPECT_FALSE(takes("\tmatch-calendar sat,sun 8-17\n"));
    EXPECT_FALSE(takes("\tmatch-calendar 13-17\n"));
}

TEST(Matcher, ModeJoinsRulesOfEveryKind) {
    constexpr std::string_view one_of_three =
        "\tmatch-field exact:type=fencing\n\tmatch-severity error\n\tmatch-calendar 1-2\n";
    EXPECT_FALSE(takes(one_of_three));
    EXPECT_TRUE(takes(std::string(one_of_three) + "\tmode any\n"));
    EXPECT_TRUE(takes(std::string(one_of_three) + "\tinvert-match 1\n"));
    EXPECT_FALSE(takes(std::string(one_of_three) + "\tmode any\n\tinvert-match 1\n"));
    // Two of one kind are two rules.
    EXPECT_FALSE(takes("\tmatch-severity info\n\tmatch-severity error\n"));
    EXPECT_TRUE(takes("\tmatch-severity info\n\tmatch-severity error\n\tmode any\n"));
}

TEST(Matcher, SaysWhichRuleDecided) {
    const auto reason = [](std::string_view lines) {
        return judge(matcher_of(lines), backup(), wednesday_noon).reason;
    };
    EXPECT_EQ(reason(""), "it has no rules");
    EXPECT_EQ(reason("\tmatch-severity error\n"), "match-severity error matched");
    EXPECT_EQ(reason("\tmatch-severity error\n\tmatch-field exact:type=a\n\tmatch-calendar 1-2\n"),
              "match-field exact:type=a did not match");
    EXPECT_EQ(reason("\tmatch-field exact:type=a\n\tmatch-severity error\n\tmode any\n"),
              "match-severity error matched");
    EXPECT_EQ(reason("\tmatch-field exact:type=a\n\tmode any\n\tinvert-match 1\n"),
              "match-field exact:type=a did not match, inverted");
    EXPECT_EQ(reason("\tmatch-severity error\n\tmatch-severity error,info\n"
                     "\tmatch-calendar 8-17\n\tmatch-calendar 8-18\n\tmatch-calendar 8-19\n"),
              "match-severity error, match-severity error,info, match-calendar 8-17 and 2 more "
              "matched");
}

// A matcher of any rules, and how many of them match.
struct AnyMatcher {
    Matcher matcher;
    int rules = 0;
    int matching = 0;

    AnyMatcher() {
        matcher.name = "mm";
        matcher.mode = *rc::gen::element(FilterMode::all, FilterMode::any);
        matcher.invert_match = *rc::gen::arbitrary<bool>();
        const int count = *rc::gen::inRange(0, 6);
        for (int i = 0; i < count; ++i) {
            const bool match = *rc::gen::arbitrary<bool>();
            ++rules;
            if (match) ++matching;
            add(*rc::gen::inRange(0, 4), match);
        }
    }

    void add(int kind, bool match) {
        if (kind == 0) {
            const auto* text = match ? "exact:type=x,vzdump" : "exact:type=x";
            matcher.fields.push_back(*FieldRule::parse(text));
        } else if (kind == 1) {
            const auto* text = match ? "regex:hostname=." : "regex:nothing=.";
            matcher.fields.push_back(*FieldRule::parse(text));
        } else if (kind == 2) {
            const auto* text = match ? "notice,error" : "info,unknown";
            matcher.severities.push_back(*SeverityRule::parse(text));
        } else {
            matcher.calendar.push_back(*CalendarRule::parse(match ? "wed 0-24" : "thu 0-24"));
        }
    }
};

RC_GTEST_PROP(MatcherLaws, ModeAndInversionDecide, ()) {
    const AnyMatcher any;
    const bool all = any.matcher.mode == FilterMode::all;
    const bool matches = all ? any.matching == any.rules : any.matching > 0;
    const bool expected = any.rules == 0 || matches != any.matcher.invert_match;
    const MatcherVerdict verdict = judge(any.matcher, backup(), wednesday_noon);
    RC_CLASSIFY(verdict.takes, "takes");
    RC_ASSERT(verdict.takes == expected);
    RC_ASSERT(!verdict.reason.empty());
}

RC_GTEST_PROP(MatcherLaws, TheOrderOfRulesIsNoMatter, ()) {
    AnyMatcher any;
    const bool before = judge(any.matcher, backup(), wednesday_noon).takes;
    std::reverse(any.matcher.fields.begin(), any.matcher.fields.end());
    std::reverse(any.matcher.severities.begin(), any.matcher.severities.end());
    std::reverse(any.matcher.calendar.begin(), any.matcher.calendar.end());
    RC_ASSERT(judge(any.matcher, backup(), wednesday_noon).takes == before);
}

RC_GTEST_PROP(MatcherLaws, NotAllIsAnyNot, ()) {
    AnyMatcher any;
    if (any.rules == 0) return;
    any.matcher.invert_match = false;
    const bool takes = judge(any.matcher, backup(), wednesday_noon).takes;
    any.matcher.invert_match = true;
    RC_ASSERT(judge(any.matcher, backup(), wednesday_noon).takes != takes);
}

}  // namespace
}  // namespace pmx::notifier
