#include "base/printable.h"

#include <gtest/gtest.h>

namespace pmx {
namespace {

TEST(Printable, LeavesNoByteThatATerminalOrJsonWouldMind) {
    EXPECT_EQ(printable("near \"x\": syntax error"), "near \"x\": syntax error");
    EXPECT_EQ(printable("(\xa2 \x1b[31m \n \x7f)"), "(? ?[31m ? ?)");
}

TEST(Visible, LeavesWhatIsOnlyText) {
    EXPECT_EQ(visible("Gr\u00fc\u00dfe, \u4f60\u597d \U0001f600"),
              "Gr\u00fc\u00dfe, \u4f60\u597d \U0001f600");
    EXPECT_EQ(visible(""), "");
}

TEST(Visible, ShowsWhatATerminalWouldObeyOrHide) {
    EXPECT_EQ(visible("a\x1b[31m\tb\n\x7f"), "a?[31m?b??");
    EXPECT_EQ(visible("a\nb", Newlines::kept), "a\nb");
    EXPECT_EQ(visible("\u0080 \u009b31m \u009f"), "\\u0080 \\u009b31m \\u009f");
    EXPECT_EQ(visible("cfg.\u202egpj"), "cfg.\\u202egpj");
    for (const char* mark : {"\u061c", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202c",
                             "\u2066", "\u2069"}) {
        EXPECT_EQ(visible(mark).size(), 6U) << mark;
    }
}

TEST(Visible, WhatIsNoUtf8IsNotPassedOn) {
    EXPECT_EQ(visible("\x9b"
                      "31m"),
              "?31m");
    EXPECT_EQ(visible("\xc2"), "?");
    EXPECT_EQ(visible("\xc0\x9b \xe0\x82\x9b \xed\xa0\x80 \xf5\x80\x80\x80"), "?? ??? ??? ????");
}

}  // namespace
}  // namespace pmx
