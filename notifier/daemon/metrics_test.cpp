#include "notifier/daemon/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmx::notifier {
namespace {

using testing::HasSubstr;

TEST(Metrics, ARowForEachTargetWhateverHappened) {
    MetricsInput input;
    input.targets = {"phone"};
    input.health["old\"one"] = {5, 6, "down", 7, 8, 9};
    input.counts = {{"phone", DeliveryState::queued, 3, 90}};
    input.problems = 2;
    input.now_s = 100;
    const std::string text = prometheus_text(input);
    EXPECT_THAT(text, HasSubstr("pmx_notifier_deliveries{target=\"phone\",state=\"queued\"} 3\n"));
    EXPECT_THAT(text, HasSubstr("pmx_notifier_deliveries{target=\"phone\",state=\"held\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("pmx_notifier_oldest_owed_seconds{target=\"phone\"} 10\n"));
    EXPECT_THAT(text, HasSubstr("pmx_notifier_delivered_total{target=\"phone\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("pmx_notifier_delivered_total{target=\"old\\\"one\"} 7\n"));
    EXPECT_THAT(text, HasSubstr("pmx_notifier_attempts_failed_total{target=\"old\\\"one\"} 8\n"));
    EXPECT_THAT(text, HasSubstr("pmx_notifier_given_up_total{target=\"old\\\"one\"} 9\n"));
    EXPECT_THAT(text, HasSubstr("pmx_notifier_configuration_problems 2\n"));
    EXPECT_EQ(text.back(), '\n');
}

}  // namespace
}  // namespace pmx::notifier
