#include "tools/pmxctl/unified_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmx::pmxctl {
namespace {

TEST(UnifiedDiff, ShowsTheLinesThatDiffer) {
    const auto text = unified_diff("one\ntwo\nthree\n", "one\n2\nthree\n", "before", "after");
    ASSERT_TRUE(text) << text.error().message();
    EXPECT_EQ(*text, "--- before\n+++ after\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n");
}

TEST(UnifiedDiff, OfWhatIsEqualIsEmpty) {
    EXPECT_EQ(unified_diff("a\n", "a\n", "x", "y").value(), "");
}

TEST(UnifiedDiff, OfWhatIsNoText) {
    const std::string bytes("a\0b", 3);
    EXPECT_THAT(unified_diff(bytes, "text\n", "-x", "y").value(), testing::HasSubstr("differ"));
}

TEST(UnifiedDiff, OfLargeTextsThatShareNothing) {
    std::string left;
    std::string right;
    for (int i = 0; i < 100'000; ++i) {
        left += "left " + std::to_string(i) + "\n";
        right += "right " + std::to_string(i) + "\n";
    }
    EXPECT_GT(unified_diff(left, right, "x", "y").value().size(), left.size() + right.size());
}

}  // namespace
}  // namespace pmx::pmxctl
