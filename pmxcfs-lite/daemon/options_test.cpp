#include "daemon/options.h"

#include <gtest/gtest.h>

#include <vector>

namespace pmx::daemon {
namespace {

std::variant<Options, int> parse(std::vector<const char*> words) {
    words.insert(words.begin(), "pmxcfs-lite");
    return parse_options(static_cast<int>(words.size()), words.data());
}

TEST(DaemonOptions, AreNotAbbreviated) {
    EXPECT_TRUE(std::holds_alternative<Options>(parse({"--node-name", "a", "--write-timeout=5"})));
    EXPECT_TRUE(std::holds_alternative<int>(parse({"--node-name", "a", "--write=5"})));
    EXPECT_TRUE(std::holds_alternative<int>(parse({"--node-name", "a", "--foreg"})));
}

}  // namespace
}  // namespace pmx::daemon
