#include "base/json.h"

#include <gtest/gtest.h>

namespace pmx {
namespace {

using nlohmann::json;

TEST(Json, WhatIsNoUtf8IsReplaced) {
    EXPECT_EQ(compact_text(json({{"a", "x\xff"}, {"b", {1, 2}}})),
              "{\"a\":\"x\xef\xbf\xbd\",\"b\":[1,2]}");
}

TEST(Json, AMemberOfAnotherTypeIsNone) {
    const json object = {{"text", "t"}, {"number", -3}, {"large", 0.5}};
    EXPECT_EQ(text_member(object, "text"), "t");
    EXPECT_EQ(number_member(object, "number"), -3);
    for (const char* key : {"number", "missing"})
        EXPECT_FALSE(text_member(object, key)) << key;
    for (const char* key : {"text", "large", "missing"})
        EXPECT_FALSE(number_member(object, key)) << key;
}

}  // namespace
}  // namespace pmx
