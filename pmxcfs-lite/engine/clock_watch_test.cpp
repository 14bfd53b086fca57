#include "engine/clock_watch.h"

#include <gtest/gtest.h>

namespace pmx::engine {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr MonotonicTime start{hours(5)};
const WallTime noon = wall_from_ns(1'800'000'000'000'000'000);

TEST(ClockWatch, WarnsOnceAnHourWhileAClockIsOff) {
    ClockWatch clocks;
    EXPECT_EQ(clocks.observe(NodeId(2), noon + seconds(50), noon, start), std::nullopt);
    const auto warning = clocks.observe(NodeId(2), noon + hours(1), noon, start);
    ASSERT_TRUE(warning);
    EXPECT_NE(warning->find("node 2 is 3600 seconds ahead"), std::string::npos) << *warning;
    EXPECT_EQ(clocks.observe(NodeId(2), noon + hours(1), noon, start + minutes(59)), std::nullopt);
    EXPECT_TRUE(clocks.observe(NodeId(2), noon + hours(1), noon, start + minutes(61)));
    EXPECT_TRUE(clocks.observe(NodeId(3), noon - minutes(2), noon, start + minutes(61)));
    EXPECT_EQ(clocks.warnings().size(), 2U);
    EXPECT_EQ(clocks.observe(NodeId(2), noon, noon, start + minutes(62)), std::nullopt);
    EXPECT_EQ(clocks.warnings().size(), 1U);
}

}  // namespace
}  // namespace pmx::engine
