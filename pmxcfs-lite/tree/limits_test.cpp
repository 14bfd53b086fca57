#include "tree/limits.h"

#include <gtest/gtest.h>

#include <string>

namespace pmx::tree {

TEST(CheckName, TakesWhatPeopleCallFiles) {
    for (const char* name : {"a", "...", ".hidden", "user.cfg",
                             "Gr\xc3\xbc\xc3\x9f"
                             "e.txt",
                             "\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x90\xa7", "a b", "\xc2\xa0"}) {
        EXPECT_EQ(check_name(name), Code::ok) << name;
    }
    EXPECT_EQ(check_name(std::string(max_name_bytes, 'n')), Code::ok);
}

TEST(CheckName, RefusesWhatIsNoName) {
    for (const char* name : {"", ".", "..", "a/b", "/", "a\nb", "\x7f", "tab\t", "\x1b[2J"}) {
        EXPECT_EQ(check_name(name), Code::invalid_argument) << name;
    }
    EXPECT_EQ(check_name(std::string("a\0b", 3)), Code::invalid_argument);
    EXPECT_EQ(check_name(std::string(max_name_bytes + 1, 'n')), Code::name_too_long);
}

TEST(CheckName, RefusesWhatIsNoUtf8) {
    for (const char* name : {"\xff", "\x80", "\xc3", "\xc3(", "\xe6\x97", "\xf0\x9f\x90",
                             "\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xed\xa0\x80",
                             "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xc2\x85"}) {
        EXPECT_EQ(check_name(name), Code::invalid_argument) << testing::PrintToString(name);
    }
}

}  // namespace pmx::tree
