#include "notifier/plan/decision.h"

#include <gtest/gtest.h>

namespace pmx::notifier {
namespace {

Configuration configured(std::string_view datacenter, std::string_view jobs = "") {
    Configuration configuration;
    configuration.datacenter = schema::parse_datacenter(datacenter).values;
    configuration.jobs = schema::parse_jobs(jobs).values;
    return configuration;
}

Event event_of(std::string_view type, std::map<std::string, std::string> fields = {}) {
    Event event;
    event.type = type;
    event.fields = std::move(fields);
    return event;
}

bool is_sent(std::string_view datacenter, const Event& event, const Past& past = {}) {
    return decide(configured(datacenter), event, past).send;
}

// Empty: the matchers decide.
std::string target_of(std::string_view datacenter, const Event& event) {
    return decide(configured(datacenter), event, {}).target.value_or("");
}

TEST(Decision, SwitchesOfDatacenterCfg) {
    for (const char* type : {"fencing", "replication"}) {
        const std::string key = std::string("notify: ") + type;
        EXPECT_TRUE(is_sent("", event_of(type)));
        EXPECT_TRUE(is_sent(key + "=always", event_of(type)));
        EXPECT_FALSE(is_sent(key + "=never", event_of(type)));
        EXPECT_TRUE(is_sent(key + "=nonsense", event_of(type)));
    }
    EXPECT_TRUE(is_sent("notify: fencing=never", event_of("replication")));
}

TEST(Decision, PackageUpdates) {
    const Event event = event_of("package-updates", {{"updates", "3"}});
    const Past reported{.packages_were_reported = true};
    EXPECT_TRUE(is_sent("", event));
    EXPECT_FALSE(is_sent("", event, reported));
    EXPECT_FALSE(is_sent("notify: package-updates=auto", event, reported));
    EXPECT_TRUE(is_sent("notify: package-updates=always", event, reported));
    EXPECT_FALSE(is_sent("notify: package-updates=never", event));
    EXPECT_FALSE(is_sent("", event_of("package-updates", {{"updates", "0"}})));
}

TEST(Decision, ReplicationFailuresAreToldEverMoreRarely) {
    for (const std::int64_t count : {1, 2, 3, 48, 96, 192, 384, 768}) {
        EXPECT_TRUE(is_told_replication_failure(count)) << count;
    }
    for (const std::int64_t count : {4, 5, 6, 12, 24, 47, 49, 50, 95, 97, 144, 191, 193, 240}) {
        EXPECT_FALSE(is_told_replication_failure(count)) << count;
    }
    const auto failure = [](const char* count) {
        return event_of("replication", {{"failure-count", count}});
    };
    EXPECT_TRUE(is_sent("", failure("3")));
    EXPECT_FALSE(is_sent("", failure("4")));
    EXPECT_FALSE(is_sent("notify: replication=always", failure("5")));
    EXPECT_FALSE(is_sent("notify: replication=never", failure("1")));
    // A count that cannot be read is no reason for silence.
    EXPECT_TRUE(is_sent("", failure("many")));
    EXPECT_TRUE(is_sent("", failure("-4")));
}

TEST(Decision, TargetsOfDatacenterCfg) {
    for (const char* type : {"package-updates", "fencing", "replication"}) {
        EXPECT_EQ(target_of("", event_of(type)), "");
        EXPECT_EQ(target_of(std::string("notify: target-") + type + "=admins", event_of(type)),
                  "admins");
    }
    EXPECT_EQ(target_of("notify: target-fencing=admins", event_of("replication")), "");
}

TEST(Decision, TheSendersTargetComesFirst) {
    Event event = event_of("fencing");
    event.target = "phone";
    EXPECT_EQ(target_of("notify: target-fencing=admins", event), "phone");
    EXPECT_FALSE(is_sent("notify: fencing=never", event));
}

TEST(Decision, AnyOtherTypeIsAlwaysSent) {
    EXPECT_TRUE(is_sent("notify: fencing=never", event_of("mine")));
    EXPECT_EQ(target_of("", event_of("mine")), "");
}

struct PolicyCase {
    const char* lines;
    Severity severity;
    bool sent;
};
class JobPolicies : public testing::TestWithParam<PolicyCase> {};

TEST_P(JobPolicies, Decide) {
    Event event = event_of("vzdump");
    event.job = "x1";
    event.severity = GetParam().severity;
    const std::string jobs = std::string("vzdump: x1\n") + GetParam().lines;
    EXPECT_EQ(decide(configured("", jobs), event, {}).send, GetParam().sent);
}

INSTANTIATE_TEST_SUITE_P(
    Each, JobPolicies,
    testing::Values(PolicyCase{"", Severity::info, true},
                    PolicyCase{"\tnotification-policy always\n", Severity::info, true},
                    PolicyCase{"\tnotification-policy failure\n", Severity::info, false},
                    PolicyCase{"\tnotification-policy failure\n", Severity::warning, false},
                    PolicyCase{"\tnotification-policy failure\n", Severity::error, true},
                    PolicyCase{"\tnotification-policy never\n", Severity::error, false},
                    PolicyCase{"\tmailnotification failure\n", Severity::info, false},
                    PolicyCase{"\tmailnotification failure\n", Severity::error, true}));

TEST(Decision, WhereABackupGoes) {
    const auto decision = [](const char* lines, const char* datacenter = "") {
        static Configuration configuration;
        configuration = configured(datacenter, std::string("vzdump: x1\n") + lines);
        return decide(configuration, event_of("vzdump", {{"job-id", "x1"}}), {});
    };
    EXPECT_EQ(decision("").target, std::nullopt);
    EXPECT_EQ(decision("\tnotification-target admins\n").target, "admins");
    EXPECT_EQ(decision("\tnotification-target admins\n\tmailto a@b\n").target, "admins");
    const Decision mail = decision("\tmailto a@b\n");
    EXPECT_EQ(mail.target, std::nullopt);
    ASSERT_NE(mail.mailto_of, nullptr);
    EXPECT_EQ(mail.mailto_of->mailto, std::vector<std::string>{"a@b"});
    EXPECT_EQ(decision("", "notify: target-fencing=admins,fencing=never").target, std::nullopt);
}

// notification-mode of Proxmox VE 8.1 and later: "job" is the mailto list, "" the matchers.
struct ModeCase {
    const char* lines;
    Severity severity;
    const char* sent_to;  // nullptr: not sent
};
class JobModes : public testing::TestWithParam<ModeCase> {};

TEST_P(JobModes, Decide) {
    const Configuration configuration =
        configured("", std::string("vzdump: x1\n") + GetParam().lines);
    Event event = event_of("vzdump", {{"job-id", "x1"}});
    event.severity = GetParam().severity;
    const Decision decision = decide(configuration, event, {});
    ASSERT_EQ(decision.send, GetParam().sent_to != nullptr);
    if (!decision.send) return;
    const std::string to = decision.mailto_of != nullptr ? "job" : decision.target.value_or("");
    EXPECT_EQ(to, GetParam().sent_to);
}

INSTANTIATE_TEST_SUITE_P(
    Each, JobModes,
    testing::Values(
        ModeCase{"\tnotification-mode auto\n", Severity::info, ""},
        ModeCase{"\tnotification-mode auto\n\tmailto a@b\n", Severity::info, "job"},
        ModeCase{"\tnotification-mode auto\n\tmailto a@b\n\tmailnotification failure\n",
                 Severity::info, nullptr},
        ModeCase{"\tnotification-mode auto\n\tnotification-target ops\n", Severity::info, "ops"},
        ModeCase{"\tnotification-mode legacy-sendmail\n\tmailto a@b\n", Severity::info, "job"},
        ModeCase{"\tnotification-mode legacy-sendmail\n\tmailto a@b\n\tmailnotification failure\n",
                 Severity::info, nullptr},
        ModeCase{"\tnotification-mode legacy-sendmail\n\tnotification-target ops\n\tmailto a@b\n",
                 Severity::info, "job"},
        // Nobody is named, and that is no reason for silence.
        ModeCase{"\tnotification-mode legacy-sendmail\n", Severity::error, "mail-to-root"},
        ModeCase{"\tnotification-mode notification-system\n\tmailto a@b\n", Severity::info, ""},
        ModeCase{"\tnotification-mode notification-system\n\tnotification-target ops\n",
                 Severity::info, ""},
        ModeCase{"\tnotification-mode notification-system\n\tmailnotification failure\n",
                 Severity::info, ""}));

TEST(Decision, TheSendersTargetComesBeforeTheJobs) {
    const Configuration configuration = configured("", "vzdump: x1\n\tmailto a@b\n");
    Event event = event_of("vzdump");
    event.job = "x1";
    event.target = "phone";
    const Decision decision = decide(configuration, event, {});
    EXPECT_EQ(decision.target, "phone");
    EXPECT_EQ(decision.mailto_of, nullptr);
}

TEST(Decision, ABackupWithoutAJobOrWithAnUnknownOneIsSent) {
    EXPECT_TRUE(is_sent("", event_of("vzdump")));
    Event event = event_of("vzdump");
    event.job = "gone";
    const Configuration configuration = configured("");
    const Decision decision = decide(configuration, event, {});
    EXPECT_TRUE(decision.send);
    EXPECT_EQ(decision.target, std::nullopt);
    EXPECT_EQ(decision.warnings, std::vector<std::string>{"job 'gone' is not in jobs.cfg"});
}

}  // namespace
}  // namespace pmx::notifier
