#include "control/words.h"

#include <gtest/gtest.h>

namespace pmx::control {
namespace {

TEST(Words, Durations) {
    EXPECT_EQ(duration_text(0), "0 s");
    EXPECT_EQ(duration_text(60), "1 min");
    EXPECT_EQ(duration_text(200), "3 min 20 s");
    EXPECT_EQ(duration_text(4 * 3600 + 300), "4 h 5 min");
    EXPECT_EQ(duration_text(12 * 86400 + 3 * 3600 + 59), "12 d 3 h");
}

TEST(Words, Counts) {
    EXPECT_EQ(count_text(0, "file", "files"), "0 files");
    EXPECT_EQ(count_text(1, "file", "files"), "1 file");
}

TEST(Words, Lists) {
    EXPECT_EQ(list_text({}), "");
    EXPECT_EQ(list_text({"one"}), "one");
    EXPECT_EQ(list_text({"one", "two"}), "one and two");
    EXPECT_EQ(list_text({"one", "two", "three"}), "one, two and three");
}

}  // namespace
}  // namespace pmx::control
