#include "schema/text_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmx::schema {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(TextLines, KeepsEveryByte) {
    for (const std::string text : {"", "\n", "a", "a\n", "a\r\nb", "\r\n\n", "a\n\nb\r"}) {
        EXPECT_EQ(TextLines(text).text(), text);
    }
}

TEST(TextLines, LinesComeWithoutTheirEnd) {
    const TextLines lines("a\r\nb\n\nc\r");
    ASSERT_EQ(lines.size(), 4U);
    EXPECT_EQ(lines.line(0), "a");
    EXPECT_EQ(lines.line(1), "b");
    EXPECT_EQ(lines.line(2), "");
    EXPECT_EQ(lines.line(3), "c\r");
}

TEST(TextLines, NewLinesEndLikeTheOneBefore) {
    TextLines lines("a\r\nb\n");
    lines.insert(1, "x");
    lines.insert(0, "w");
    lines.insert(4, "z");
    EXPECT_EQ(lines.text(), "w\r\na\r\nx\r\nb\nz\n");
}

TEST(TextLines, AnUnfinishedLastLineIsFinishedFirst) {
    TextLines lines("a");
    lines.insert(1, "b");
    EXPECT_EQ(lines.text(), "a\nb\n");
    TextLines windows("a\r\nb");
    windows.insert(2, "c");
    EXPECT_EQ(windows.text(), "a\r\nb\r\nc\r\n");
    TextLines empty("");
    empty.insert(0, "a");
    EXPECT_EQ(empty.text(), "a\n");
}

TEST(TextLines, ReplaceAndErase) {
    TextLines lines("a\r\nb\nc");
    lines.replace(0, "x");
    lines.replace(2, "z");
    EXPECT_EQ(lines.text(), "x\r\nb\nz");
    lines.erase(1, 3);
    EXPECT_EQ(lines.text(), "x\r\n");
}

TEST(TextLines, Lists) {
    EXPECT_THAT(split_list("a,b; c\td,,"), ElementsAre("a", "b", "c", "d"));
    EXPECT_THAT(split_list(" ,; "), IsEmpty());
    EXPECT_THAT(split_list("x"), ElementsAre("x"));
}

TEST(TextLines, ControlCharacters) {
    EXPECT_TRUE(has_control_characters("a\tb"));
    EXPECT_TRUE(has_control_characters("a\x7f"));
    EXPECT_TRUE(has_control_characters(std::string_view("\0", 1)));
    EXPECT_FALSE(has_control_characters("a \xc3\xa4"));
}

}  // namespace
}  // namespace pmx::schema
