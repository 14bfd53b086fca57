#include "base/json_nesting.h"

#include <gtest/gtest.h>

namespace pmx {
namespace {

TEST(JsonNesting, CountsWhatIsOpenAtTheSameTime) {
    EXPECT_FALSE(json_nests_deeper_than("1", 0));
    EXPECT_TRUE(json_nests_deeper_than("[]", 0));
    EXPECT_FALSE(json_nests_deeper_than(R"({"a": [{}, {}], "b": []})", 3));
    EXPECT_TRUE(json_nests_deeper_than(R"({"a": [{}, {}], "b": []})", 2));
}

TEST(JsonNesting, BracketsInStringsAreText) {
    EXPECT_FALSE(json_nests_deeper_than(R"({"a": "[[[[", "b\"[[": "\\"})", 1));
    EXPECT_TRUE(json_nests_deeper_than(R"({"a": "\\", "b": []})", 1));
}

TEST(JsonNesting, WhatIsNoJsonHidesNothing) {
    EXPECT_TRUE(json_nests_deeper_than("]]]][[", 1));
    EXPECT_FALSE(json_nests_deeper_than("\"\\", 0));
    EXPECT_FALSE(json_nests_deeper_than("", 0));
}

}  // namespace
}  // namespace pmx
