#include "tools/pmxctl/human.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace pmx::pmxctl {
namespace {

TEST(Human, Bytes) {
    EXPECT_EQ(bytes_text(0), "0 B");
    EXPECT_EQ(bytes_text(1023), "1023 B");
    EXPECT_EQ(bytes_text(1024), "1 KiB");
    EXPECT_EQ(bytes_text(1536), "1.5 KiB");
    EXPECT_EQ(bytes_text(512ULL << 20), "512 MiB");
    EXPECT_EQ(bytes_text(UINT64_MAX), "16 EiB");
}

TEST(Human, TimesAreLocalAndFromBefore1970Too) {
    ::setenv("TZ", "UTC-2", 1);
    ::tzset();
    EXPECT_EQ(local_time(0), "1970-01-01 02:00:00");
    EXPECT_EQ(local_time(-1), "1970-01-01 01:59:59");
    EXPECT_EQ(local_time(1'800'000'000'999'999'999), "2027-01-15 10:00:00");
    ::unsetenv("TZ");
    ::tzset();
}

TEST(Human, UsersHaveNamesWhereThereAreAny) {
    EXPECT_EQ(user_name(0), "root");
    EXPECT_EQ(user_name(0x7fff1234), std::to_string(0x7fff1234));
}

TEST(Human, NothingATerminalObeysIsShown) {
    EXPECT_EQ(printable("a\x1b[31mb\nc\x7f"), "a?[31mb?c?");
    EXPECT_EQ(printable("caf\xc3\xa9 \xc2\x9b"
                        "31m"),
              "caf\xc3\xa9 \\u009b31m");
    EXPECT_EQ(printable("cfg.\xe2\x80\xaegpj"), "cfg.\\u202egpj");
}

TEST(Human, ParagraphsAreWrapped) {
    EXPECT_EQ(wrapped("", 4), "");
    EXPECT_EQ(wrapped("one two three four", 2, 12), "one two\n  three four");
    EXPECT_EQ(wrapped("averyverylongword and more", 2, 8), "averyverylongword\n  and\n  more");
    EXPECT_EQ(wrapped(" spaces  within ", 0, 80), "spaces within");
}

}  // namespace
}  // namespace pmx::pmxctl
