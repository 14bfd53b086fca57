#include "tree/edits.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tree/limits.h"

namespace pmx::tree {

namespace {

Edit write_at(std::uint64_t offset, std::string bytes) {
    return {Edit::Kind::write, offset, std::move(bytes)};
}
Edit append(std::string bytes) {
    return {Edit::Kind::append, 0, std::move(bytes)};
}
Edit truncate(std::uint64_t size) {
    return {Edit::Kind::truncate, size, {}};
}

std::string after(const std::string& before, const std::vector<Edit>& edits) {
    const auto content = apply_edits(std::make_shared<const std::string>(before), edits);
    return content ? **content : "(" + std::string(code_name(content.error().code())) + ")";
}

std::string zeros(std::size_t count) {
    return std::string(count, '\0');
}

}  // namespace

TEST(Edits, WriteOverwritesAndGrows) {
    EXPECT_EQ(after("hello", {}), "hello");
    EXPECT_EQ(after("hello", {write_at(0, "J")}), "Jello");
    EXPECT_EQ(after("hello", {write_at(3, "p me")}), "help me");
    EXPECT_EQ(after("abc", {write_at(0, "xxx"), write_at(1, "y")}), "xyx");
    EXPECT_EQ(after("abc", {write_at(1, "y"), write_at(0, "xxx")}), "xxx");
    EXPECT_EQ(after("", {write_at(0, "ab"), write_at(4, "ef"), write_at(1, "BCDE")}), "aBCDEf");
    EXPECT_EQ(after("", {write_at(0, "abcdef"), write_at(2, "CD")}), "abCDef");
}

TEST(Edits, GapsReadAsZeros) {
    EXPECT_EQ(after("a", {write_at(3, "b")}), "a" + zeros(2) + "b");
    EXPECT_EQ(after("abc", {truncate(1), truncate(3)}), "a" + zeros(2));
    EXPECT_EQ(after("abc", {truncate(0), write_at(2, "z")}), zeros(2) + "z");
    EXPECT_EQ(after("", {write_at(0, "abcdef"), truncate(2), truncate(4)}), "ab" + zeros(2));
    EXPECT_EQ(after("", {truncate(3)}), zeros(3));
}

TEST(Edits, AppendsGoToTheEndOfTheMoment) {
    EXPECT_EQ(after("a\n", {append("b\n"), append("c\n")}), "a\nb\nc\n");
    EXPECT_EQ(after("abc", {truncate(1), append("z"), truncate(3), append("!")}),
              "az" + zeros(1) + "!");
}

TEST(Edits, WritingNothingIsNothing) {
    EXPECT_EQ(after("abc", {write_at(100, ""), append("")}), "abc");
    EXPECT_FALSE(has_effect(std::vector<Edit>{write_at(100, ""), append("")}));
    EXPECT_TRUE(has_effect(std::vector<Edit>{append(""), truncate(3)}));
    EXPECT_TRUE(has_effect(std::vector<Edit>{append("x")}));
}

TEST(Edits, StopAtTheLargestFile) {
    const std::string one = "x";
    EXPECT_EQ(after("", {write_at(max_file_bytes - 1, one)}).size(), max_file_bytes);
    EXPECT_EQ(after("", {truncate(max_file_bytes)}).size(), max_file_bytes);
    EXPECT_EQ(after("", {write_at(max_file_bytes, one)}), "(file_too_large)");
    EXPECT_EQ(after("", {write_at(UINT64_MAX, one)}), "(file_too_large)");
    EXPECT_EQ(after("", {truncate(max_file_bytes + 1)}), "(file_too_large)");
    EXPECT_EQ(after("", {truncate(max_file_bytes), append(one)}), "(file_too_large)");
    EXPECT_EQ(after("", {write_at(max_file_bytes, one), truncate(0)}), "(file_too_large)");
}

// Filling the gap at each step would write a terabyte here.
TEST(Edits, CostFollowsWhatIsLeftInTheEnd) {
    std::vector<Edit> edits;
    for (int i = 0; i < 150'000; ++i) {
        edits.push_back(write_at(max_file_bytes - 1, "x"));
        edits.push_back(truncate(0));
    }
    EXPECT_EQ(after("abc", edits), "");
}

}  // namespace pmx::tree
