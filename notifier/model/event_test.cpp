#include "notifier/model/event.h"

#include <gtest/gtest.h>

namespace pmx::notifier {
namespace {

TEST(Severity, IsOrderedAndReadBack) {
    EXPECT_LT(Severity::info, Severity::notice);
    EXPECT_LT(Severity::notice, Severity::warning);
    EXPECT_LT(Severity::warning, Severity::error);
    for (const char* name : {"info", "notice", "warning", "error"}) {
        ASSERT_TRUE(parse_severity(name)) << name;
        EXPECT_EQ(to_string(*parse_severity(name)), name);
    }
    for (const char* name : {"", "Info", "fatal", "error "}) {
        EXPECT_FALSE(parse_severity(name)) << name;
    }
}

}  // namespace
}  // namespace pmx::notifier
