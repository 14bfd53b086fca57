#include "notifier/daemon/local_time.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <limits>

namespace pmx::notifier {
namespace {

using schema::LocalTime;

// Changes the time zone of this process, which no other test looks at.
class LocalTimeTest : public testing::Test {
  protected:
    LocalTimeTest() { set("CET-1CEST,M3.5.0,M10.5.0/3"); }
    ~LocalTimeTest() override { set("UTC"); }

    static void set(const char* zone) {
        setenv("TZ", zone, 1);
        tzset();
    }
};

constexpr int hour = 3600;

TEST_F(LocalTimeTest, IsThatOfTheZone) {
    // 1970-01-01 was a Thursday, and it was one o'clock.
    EXPECT_EQ(local_time(0), (LocalTime{3, hour}));
    EXPECT_EQ(local_time(-hour - 1), (LocalTime{2, 24 * hour - 1}));
    // 2024-07-07 was a Sunday, in summer time.
    EXPECT_EQ(local_time(1720303200), (LocalTime{6, 0}));
}

TEST_F(LocalTimeTest, TakesAnyNumber) {
    EXPECT_EQ(local_time(std::numeric_limits<std::int64_t>::max()), LocalTime{});
    EXPECT_EQ(local_time(std::numeric_limits<std::int64_t>::min()), LocalTime{});
}

}  // namespace
}  // namespace pmx::notifier
