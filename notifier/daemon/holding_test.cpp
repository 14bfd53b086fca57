#include "notifier/daemon/holding.h"

#include <gtest/gtest.h>

namespace pmx::notifier {
namespace {

constexpr schema::LocalTime midnight{0, 0};
constexpr schema::LocalTime noon{0, 12 * 3600};

schema::Target target() {
    schema::Target target;
    target.quiet_hours = schema::QuietHours{{*schema::CalendarRange::parse("22:00-06:00")}};
    return target;
}

TEST(Hold, InQuietHoursAllButErrors) {
    EXPECT_EQ(hold_of(target(), Severity::warning, midnight, 100, 0)->why, "quiet hours");
    EXPECT_EQ(hold_of(target(), Severity::error, midnight, 100, 0), std::nullopt);
    EXPECT_EQ(hold_of(target(), Severity::info, noon, 100, 0), std::nullopt);
    schema::Target deaf = target();
    deaf.quiet_hours_hold_errors = true;
    EXPECT_TRUE(hold_of(deaf, Severity::error, midnight, 100, 0));
}

TEST(Hold, IsLookedAtAgainAtTheEndAtTheLatest) {
    EXPECT_EQ(hold_of(target(), Severity::info, {0, 6 * 3600 - 10}, 100, 0)->until_s, 110);
    EXPECT_LE(hold_of(target(), Severity::info, midnight, 100, 0)->until_s, 3700);
}

TEST(Hold, MoreThanSoManyAnHour) {
    schema::Target slow;
    slow.max_per_hour = 2;
    EXPECT_EQ(hold_of(slow, Severity::error, noon, 100, 1), std::nullopt);
    EXPECT_EQ(hold_of(slow, Severity::error, noon, 100, 2)->why, "more than 2 in an hour");
    EXPECT_EQ(hold_of(schema::Target(), Severity::info, midnight, 100, 1'000'000), std::nullopt);
}

}  // namespace
}  // namespace pmx::notifier
