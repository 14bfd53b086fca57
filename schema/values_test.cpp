#include "schema/values.h"

#include <gtest/gtest.h>

namespace pmx::schema {
namespace {

TEST(Values, Booleans) {
    for (const char* text : {"1", "yes", "on", "true", "TRUE", "On"}) {
        EXPECT_EQ(parse_boolean(text), true) << text;
    }
    for (const char* text : {"0", "no", "off", "false", "No"}) {
        EXPECT_EQ(parse_boolean(text), false) << text;
    }
    for (const char* text : {"", "2", "y", "maybe", "1 "}) {
        EXPECT_EQ(parse_boolean(text), std::nullopt) << text;
    }
}

TEST(Values, NumbersAreBounded) {
    EXPECT_EQ(parse_number("0", 9), 0);
    EXPECT_EQ(parse_number("9", 9), 9);
    EXPECT_EQ(parse_number("10", 9), std::nullopt);
    EXPECT_EQ(parse_number("9223372036854775807", INT64_MAX), INT64_MAX);
    EXPECT_EQ(parse_number("9223372036854775808", INT64_MAX), std::nullopt);
    for (const char* text : {"", "-1", "+1", " 1", "1x", "0x1"}) {
        EXPECT_EQ(parse_number(text, 100), std::nullopt) << text;
    }
}

TEST(Values, BaseUrlsLoseSlashesAtTheEnd) {
    EXPECT_EQ(parse_base_url("https://push.example.com"), "https://push.example.com");
    EXPECT_EQ(parse_base_url("https://push.example.com/"), "https://push.example.com");
    EXPECT_EQ(parse_base_url("http://10.0.0.1:8080/gotify//"), "http://10.0.0.1:8080/gotify");
    EXPECT_EQ(parse_base_url("http://[::1]:80/a/b"), "http://[::1]:80/a/b");
}

TEST(Values, BaseUrlsHoldNothingElse) {
    for (const char* text : {"",
                             "push.example.com",
                             "ftp://x",
                             "https://",
                             "https:///path",
                             "HTTPS//x",
                             "https://user:secret@host",
                             "https://host?x=y",
                             "https://host/#f",
                             "https://host:0",
                             "https://host:65536",
                             "https://host:",
                             "https://host:12x",
                             "https://ho st",
                             "https://host/a b",
                             "https://host/\r\nX: y",
                             "https://[::1",
                             "https://[]",
                             "https://-h",
                             "https://host/?token=1",
                             "file:///etc/passwd",
                             "https://h\xc3\xb6st"}) {
        EXPECT_EQ(parse_base_url(text), std::nullopt) << text;
    }
}

TEST(Values, HostLabels) {
    const std::string longest(63, 'x');
    for (const std::string& name : {std::string("a"), std::string("node-1"), std::string("PVE2"),
                                    std::string("0"), longest}) {
        EXPECT_TRUE(is_host_label(name)) << name;
    }
    for (const std::string& name :
         {std::string(), std::string("-a"), std::string("a-"), std::string("a.b"),
          std::string("a b"), std::string("a_b"), std::string("\xc3\xa9"), longest + "x"}) {
        EXPECT_FALSE(is_host_label(name)) << name;
    }
}

}  // namespace
}  // namespace pmx::schema
