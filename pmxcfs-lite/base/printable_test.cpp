#include "base/printable.h"

#include <gtest/gtest.h>

namespace pmx {
namespace {

TEST(Printable, LeavesNoByteThatATerminalOrJsonWouldMind) {
    EXPECT_EQ(printable("near \"x\": syntax error"), "near \"x\": syntax error");
    EXPECT_EQ(printable("(\xa2 \x1b[31m \n \x7f)"), "(? ?[31m ? ?)");
}

}  // namespace
}  // namespace pmx
