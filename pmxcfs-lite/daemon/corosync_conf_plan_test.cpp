#include "daemon/corosync_conf_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/conf_for_tests.h"

namespace pmx::daemon {
namespace {

using testing::HasSubstr;
using testing::Not;

class ConfPlanTest : public testing::Test {
  protected:
    Result<ConfPlan> plan(const std::string& text) { return plan_conf(text, node_); }
    ConfStep step(const std::string& text) {
        const auto done = plan(text);
        EXPECT_TRUE(done) << done.error().message();
        return done ? done->step : ConfStep::nothing_new;
    }
    std::string refusal(const std::string& text) {
        const auto done = plan(text);
        EXPECT_FALSE(done);
        return done ? "" : done.error().message();
    }

    ThisNode node_{"one", NodeId(1), "/etc/corosync/corosync.conf", conf_of(3).text()};
};

TEST_F(ConfPlanTest, OnlyAHigherVersionIsInstalled) {
    EXPECT_EQ(step(conf_of(3).text()), ConfStep::nothing_new);
    EXPECT_EQ(step(conf_of(2).text()), ConfStep::nothing_new);
    const std::string text = "# with a comment\n" + conf_of(4).text();
    EXPECT_EQ(step(text), ConfStep::install);
    EXPECT_EQ(plan(text)->text, text);
    node_.conf_text = std::nullopt;
    EXPECT_EQ(step(conf_of(1).text()), ConfStep::install);
}

TEST_F(ConfPlanTest, ADamagedOneIsOlderThanAny) {
    node_.conf_text = "totem {\n";
    EXPECT_EQ(step(conf_of(1).text()), ConfStep::install);
}

TEST_F(ConfPlanTest, NothingIsInstalledThatWouldHarm) {
    EXPECT_THAT(refusal("nonsense\n"), HasSubstr("corosync.conf:1:"));
    EXPECT_THAT(refusal(conf_of(9, "other").text()), HasSubstr("of cluster other"));
    auto changed = conf_of(2);
    ASSERT_TRUE(changed.add({3, "three", {"10.0.0.3"}}));
    EXPECT_THAT(refusal(changed.text()), HasSubstr("has not grown"));
    EXPECT_EQ(step(without_this_node(9)), ConfStep::removed);
    EXPECT_EQ(step(without_this_node(1)), ConfStep::nothing_new);
    node_.id = NodeId(7);
    EXPECT_THAT(refusal(conf_of(9).text()), HasSubstr("the id 1"));
}

TEST_F(ConfPlanTest, ANodesOwnKeysStayAsTheyAreThere) {
    std::string own = conf_of(3).text();
    own +=
        "logging {\n  to_logfile: yes\n  logfile: /var/log/mine\n}\nsystem {\n  priority: 5\n}\n";
    node_.conf_text = own;
    EXPECT_EQ(step(conf_of(3).text()), ConfStep::nothing_new) << "they are not compared";
    const auto done = plan(conf_of(4).text() +
                           "logging {\n  to_logfile: yes\n  logfile: /etc/cron.d/x\n}\n"
                           "resources {\n  watchdog_device: /dev/sda\n}\n");
    ASSERT_TRUE(done);
    EXPECT_EQ(done->step, ConfStep::install);
    EXPECT_THAT(done->text, HasSubstr("logfile: /var/log/mine"));
    EXPECT_THAT(done->text, HasSubstr("priority: 5"));
    EXPECT_THAT(done->text, HasSubstr("config_version: 4"));
    EXPECT_THAT(done->text, Not(HasSubstr("cron.d")));
    EXPECT_THAT(done->text, Not(HasSubstr("/dev/sda")));
    EXPECT_EQ(done->left_out.size(), 3U);
}

}  // namespace
}  // namespace pmx::daemon
