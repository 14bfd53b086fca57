#include "schema/match_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema/named_value.h"
#include "schema/values.h"

namespace pmx::schema {
namespace {

using testing::ElementsAre;

TEST(FieldRule, ExactHasSeveralValues) {
    const auto rule = FieldRule::parse("exact:type=vzdump, replication ,a=b");
    ASSERT_TRUE(rule);
    EXPECT_EQ(rule->field, "type");
    EXPECT_THAT(rule->values, ElementsAre("vzdump", "replication", "a=b"));
    EXPECT_FALSE(rule->pattern);
    EXPECT_EQ(rule->text, "exact:type=vzdump, replication ,a=b");
}

TEST(FieldRule, RegexKeepsItsCommas) {
    const auto rule = FieldRule::parse("regex:hostname=^(a,b|pve[0-9]{1,2})$");
    ASSERT_TRUE(rule && rule->pattern);
    EXPECT_EQ(rule->field, "hostname");
    EXPECT_TRUE(rule->pattern->is_in("pve12"));
    EXPECT_TRUE(rule->pattern->is_in("a,b"));
    EXPECT_FALSE(rule->pattern->is_in("pve123"));
}

TEST(FieldRule, WhatIsNone) {
    for (const char* text : {"", "type=vzdump", "exact:type", "exact:=x", "regex:x=(", "glob:x=y",
                             "Exact:x=y", "regex:=x", "regex:x=(?=y)", "regex:x=(a)\\1"}) {
        EXPECT_FALSE(FieldRule::parse(text)) << text;
    }
}

TEST(SeverityRule, List) {
    const auto rule = SeverityRule::parse("info, error,unknown");
    ASSERT_TRUE(rule);
    EXPECT_TRUE(rule->severities.test(0));
    EXPECT_FALSE(rule->severities.test(1));
    EXPECT_FALSE(rule->severities.test(2));
    EXPECT_TRUE(rule->severities.test(3));
    EXPECT_TRUE(rule->unknown);
    EXPECT_FALSE(SeverityRule::parse("error")->unknown);
    for (const char* text : {"", "fatal", "info,", "info notice", "Info"}) {
        EXPECT_FALSE(SeverityRule::parse(text)) << text;
    }
}

TEST(Pattern, IsFoundAnywhereUnlessItSaysOtherwise) {
    EXPECT_TRUE(Pattern::parse("ve")->is_in("pve1"));
    EXPECT_FALSE(Pattern::parse("^ve")->is_in("pve1"));
    EXPECT_TRUE(Pattern::parse("")->is_in(""));
    EXPECT_TRUE(Pattern::parse("(?i)PVE")->is_in("pve1"));
    EXPECT_EQ(Pattern::parse("a+")->text(), "a+");
}

// Each of these takes std::regex or a backtracking engine out.
TEST(Pattern, NothingInItTakesLong) {
    const std::string text(100'000, 'a');
    for (const char* pattern : {"^(a+)+$", "(a|a)*b", "(a*)*b", "((a+)?){1,30}b$", ".*.*.*.*=.*"}) {
        const auto parsed = Pattern::parse(pattern);
        ASSERT_TRUE(parsed) << pattern;
        (void)parsed->is_in(text + "!");
    }
}

TEST(Pattern, SizeIsBounded) {
    EXPECT_TRUE(Pattern::parse(std::string(max_pattern_bytes, 'a')));
    EXPECT_FALSE(Pattern::parse(std::string(max_pattern_bytes + 1, 'a')));
    for (const char* pattern : {"((a{100}){100}){100}", "(\\pL{1000}){1000}", "(?:a{1001})"}) {
        EXPECT_FALSE(Pattern::parse(pattern)) << pattern;
    }
    for (const char* pattern : {"^\\pL+$", "^[\\w.-]{1,64}$", "(?i)^(a|b|c)\\d{1,5}$"}) {
        EXPECT_TRUE(Pattern::parse(pattern)) << pattern;
    }
    EXPECT_FALSE(Pattern::parse(std::string(1000, '(')));
}

TEST(NamedValue, ReadsWhatItWrites) {
    const NamedValue header{"Content-Type", "application/json; a=\"b,c\"\n"};
    const auto read = parse_named_value(to_string(header));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->name, header.name);
    EXPECT_EQ(read->value, header.value);
}

TEST(NamedValue, Forms) {
    EXPECT_EQ(parse_named_value("name=token")->value, std::nullopt);
    EXPECT_EQ(parse_named_value("name=token,value=")->value, "");
    EXPECT_EQ(parse_named_value("value=Zm9v, name=token")->value, "foo");
    for (const char* text : {"", "name=", "value=Zm9v", "token", "name=a,name=b", "name=a,value=!",
                             "name=a,value=Zm9v,value=Zm9v", "name=a,other=b", "name=a,,value="}) {
        EXPECT_FALSE(parse_named_value(text)) << text;
    }
}

TEST(Duration, FromAMinuteTo52Weeks) {
    EXPECT_EQ(parse_duration_s("1m"), 60);
    EXPECT_EQ(parse_duration_s("90min"), 5400);
    EXPECT_EQ(parse_duration_s("26h"), 26 * 3600);
    EXPECT_EQ(parse_duration_s("2d"), 2 * 86400);
    EXPECT_EQ(parse_duration_s("52w"), 52 * 7 * 86400);
    for (const char* text : {"", "h", "26", "0h", "53w", "26 h", "-1h", "1.5h", "26H", "30s",
                             "99999999999999999999h"}) {
        EXPECT_FALSE(parse_duration_s(text)) << text;
    }
}

TEST(Host, NamesAndAddresses) {
    EXPECT_EQ(parse_host("mail.example.com"), "mail.example.com");
    EXPECT_EQ(parse_host("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(parse_host("2001:db8::1"), "[2001:db8::1]");
    EXPECT_EQ(parse_host("[2001:db8::1]"), "[2001:db8::1]");
    for (const char* text : {"", "mail:25", "-x", "a b", "user@mail", "mail/x", "[::1]:25"}) {
        EXPECT_FALSE(parse_host(text)) << text;
    }
}

}  // namespace
}  // namespace pmx::schema
