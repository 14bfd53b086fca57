#include "notifier/plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmx::notifier {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view some_targets =
    "sendmail: admins\n\tmailto a@example.com\n\tfilter warnings\n\n"
    "sendmail: users\n\tmailto-user alice@pve\n\n"
    "gotify: phone\n\tserver https://push/\n\n"
    "gotify: off\n\tserver https://push\n\tdisable\n\n"
    "sendmail: nobody\n\tmailto-user gone@pve\n\n"
    "sendmail: open\n\tmailto o@example.com\n\tfilter gone\n\n"
    "group: all\n\tendpoint phone\n\tendpoint admins\n\tendpoint phone\n\tendpoint off\n\n"
    "group: errors\n\tendpoint users\n\tendpoint mail-to-root\n\tfilter fatal\n\n"
    "group: hole\n\tendpoint missing\n\tendpoint all\n\tendpoint users\n\n"
    "group: empty\n\tendpoint missing\n\n"
    "group: quiet\n\tendpoint users\n\tdisable\n\n"
    "group: lost\n\tendpoint nobody\n\tendpoint phone\n\tendpoint mail-to-root\n\n"
    "filter: warnings\n\tmin-severity warning\n\n"
    "filter: fatal\n\tmin-severity error\n";
constexpr std::string_view some_secrets =
    "gotify: phone\n\ttoken S3cret\n\ngotify: off\n\ttoken t\n";
constexpr std::string_view some_users =
    "user:alice@pve:1:0:::alice@example.com:::\n"
    "user:root@pam:1:0:::root@example.com:::\n"
    "user:bob@pve:1:0:\n"
    "role:Use:Mapping.Use:\nrole:Audit:Mapping.Audit:\n";

Configuration configuration(std::string_view more_users = "", std::string_view datacenter = "",
                            std::string_view jobs = "") {
    Configuration result;
    result.notifications =
        schema::in_force(schema::parse_notifications(some_targets, some_secrets), {}).values;
    result.users =
        schema::parse_users("users.cfg", std::string(some_users) + std::string(more_users)).values;
    result.datacenter = schema::parse_datacenter(datacenter).values;
    result.jobs = schema::parse_jobs(jobs).values;
    result.hostname = "node1";
    return result;
}

const Caller root{"root@pam", ""};
const Caller bob{"bob@pve", ""};

Event event_to(const std::optional<std::string>& target, Severity severity = Severity::error) {
    Event event;
    event.type = "mine";
    event.severity = severity;
    event.target = target;
    return event;
}

// "target via group: +a@b", "-" where it is not delivered, "!" where that is a failure.
std::vector<std::string> brief(const Plan& plan) {
    std::vector<std::string> lines;
    for (const Delivery& delivery : plan.deliveries) {
        std::string line = delivery.target;
        if (delivery.via) line += " via " + *delivery.via;
        line += delivery.deliver ? " +" : delivery.failed ? " !" : " -";
        if (const Mail* mail = std::get_if<Mail>(&delivery.means)) {
            for (const std::string& recipient : mail->recipients)
                line += " " + recipient;
        }
        lines.push_back(line);
    }
    return lines;
}

std::vector<std::string> brief_to(const std::optional<std::string>& target,
                                  Severity severity = Severity::error) {
    return brief(plan(configuration(), event_to(target, severity), root, {}));
}

TEST(Plan, WithoutATargetItGoesToRoot) {
    EXPECT_THAT(brief_to(std::nullopt), ElementsAre("mail-to-root + root@example.com"));
    EXPECT_THAT(brief(plan({}, event_to(std::nullopt), root, {})),
                ElementsAre("mail-to-root + root"));
}

TEST(Plan, WhatEachKindOfTargetIsSentWith) {
    const Plan mail = plan(configuration("", "email_from: pve@x\n"), event_to("admins"), root, {});
    ASSERT_EQ(mail.deliveries.size(), 1U);
    EXPECT_EQ(std::get<Mail>(mail.deliveries[0].means).from, "pve@x");
    const Plan push =
        plan(configuration("", "http_proxy: http://u:p@proxy:1\n"), event_to("phone"), root, {});
    const auto& message = std::get<GotifyMessage>(push.deliveries.at(0).means);
    EXPECT_EQ(message.server, "https://push");
    EXPECT_EQ(message.token, "S3cret");
    EXPECT_EQ(message.proxy, "http://u:p@proxy:1");
    const Plan direct = plan(configuration(), event_to("phone"), root, {});
    EXPECT_EQ(std::get<GotifyMessage>(direct.deliveries.at(0).means).proxy, std::nullopt);
}

TEST(Plan, AnEventThatIsNotSentHasNoDeliveries) {
    Event event = event_to("admins");
    event.type = "fencing";
    const Plan never = plan(configuration("", "notify: fencing=never\n"), event, bob, {});
    EXPECT_FALSE(never.send);
    EXPECT_FALSE(never.refused);
    EXPECT_THAT(never.deliveries, IsEmpty());
    EXPECT_EQ(never.reason, "fencing=never in datacenter.cfg");
}

TEST(Plan, AFilterDecides) {
    EXPECT_THAT(brief_to("admins", Severity::warning), ElementsAre("admins + a@example.com"));
    const Plan stopped = plan(configuration(), event_to("admins", Severity::notice), root, {});
    EXPECT_THAT(brief(stopped), ElementsAre("admins -"));
    EXPECT_EQ(stopped.deliveries[0].reason, "filter 'warnings' does not pass: notice < warning");
}

TEST(Plan, AFilterThatDoesNotExistStopsNobodyAndIsReported) {
    const Plan open = plan(configuration(), event_to("open", Severity::info), root, {});
    EXPECT_THAT(brief(open), ElementsAre("open + o@example.com"));
    EXPECT_THAT(open.warnings,
                ElementsAre("filter 'gone' does not exist: 'open' is notified without it"));
}

TEST(Plan, DisabledTargetsAreNot) {
    const Plan off = plan(configuration(), event_to("off"), root, {});
    EXPECT_THAT(brief(off), ElementsAre("off -"));
    EXPECT_EQ(off.deliveries[0].reason, "it is disabled");
    EXPECT_THAT(brief_to("quiet"), ElementsAre("users via quiet -"));
}

TEST(Plan, AGroupGoesToEachMemberOnceInTheOrderConfigured) {
    EXPECT_THAT(brief_to("all"),
                ElementsAre("phone via all +", "admins via all + a@example.com", "off via all -"));
}

TEST(Plan, TheGroupsFilterComesFirstThenTheMembers) {
    EXPECT_THAT(brief_to("all", Severity::info),
                ElementsAre("phone via all +", "admins via all -", "off via all -"));
    EXPECT_THAT(brief_to("errors", Severity::warning),
                ElementsAre("users via errors -", "mail-to-root via errors -"));
    EXPECT_THAT(brief_to("errors", Severity::error),
                ElementsAre("users via errors + alice@example.com",
                            "mail-to-root via errors + root@example.com"));
}

TEST(Plan, MembersThatAreNoneAreLeftOutAndReported) {
    const Plan hole = plan(configuration(), event_to("hole"), root, {});
    EXPECT_THAT(brief(hole), ElementsAre("missing via hole -", "all via hole -",
                                         "users via hole + alice@example.com"));
    EXPECT_THAT(hole.warnings, ElementsAre("member 'missing' of group 'hole' does not exist",
                                           "member 'all' of group 'hole' is a group itself"));
}

TEST(Plan, WhatReachesNobodyFallsBackToRoot) {
    EXPECT_THAT(brief_to("nonsense"), ElementsAre("nonsense !", "mail-to-root + root@example.com"));
    EXPECT_THAT(brief_to("empty"),
                ElementsAre("missing via empty -", "mail-to-root + root@example.com"));
    const Plan nobody = plan(configuration(), event_to("nobody"), root, {});
    EXPECT_THAT(brief(nobody), ElementsAre("nobody !", "mail-to-root + root@example.com"));
    EXPECT_THAT(nobody.deliveries[0].skipped, ElementsAre(SkippedUser{"gone@pve", "unknown user"}));
    EXPECT_THAT(nobody.deliveries[0].reason, HasSubstr("no recipient is left"));
    EXPECT_EQ(nobody.deliveries[1].reason, "fallback: 'nobody' has no recipient left");
}

TEST(Plan, RootIsToldOnceOnly) {
    EXPECT_THAT(brief_to("lost"), ElementsAre("nobody via lost !", "phone via lost +",
                                              "mail-to-root via lost + root@example.com"));
}

TEST(Plan, DecisionsAreNoReasonToFallBack) {
    for (const char* target : {"admins", "off", "quiet", "errors"}) {
        for (const std::string& line : brief_to(target, Severity::info)) {
            EXPECT_EQ(line.find('+'), std::string::npos) << line;
        }
    }
}

TEST(Plan, AJobsMailList) {
    Event event = event_to(std::nullopt);
    event.type = "vzdump";
    event.job = "x1";
    const auto with_jobs = configuration("", "", "vzdump: x1\n\tmailto x@y,alice@pve\n");
    EXPECT_THAT(brief(plan(with_jobs, event, bob, {})),
                ElementsAre("job:x1 + x@y alice@example.com"));
    const auto lost = configuration("", "", "vzdump: x1\n\tmailto root@pve\n");
    EXPECT_THAT(brief(plan(lost, event, root, {})), ElementsAre("job:x1 + root@pve"));
    const auto silent = configuration("", "", "vzdump: x1\n\tmailto bob@pve\n");
    EXPECT_THAT(brief(plan(silent, event, root, {})),
                ElementsAre("job:x1 !", "mail-to-root + root@example.com"));
}

// Who may: the paths bob has Mapping.Use on, and what he is refused.
std::string refused_path(const std::string& target, const std::vector<std::string>& paths,
                         Severity severity = Severity::error) {
    std::string lines;
    for (const std::string& path : paths) {
        lines += "acl:0:/mapping/notification/" + path + ":bob@pve:Use:\n";
    }
    const Plan result = plan(configuration(lines), event_to(target, severity), bob, {});
    if (!result.refused) return "";
    EXPECT_THAT(result.deliveries, IsEmpty());
    EXPECT_EQ(result.refused->privilege, "Mapping.Use");
    return result.refused->path;
}

TEST(PlanPermissions, TheTargetItself) {
    EXPECT_EQ(refused_path("phone", {}), "/mapping/notification/phone");
    EXPECT_EQ(refused_path("phone", {"phone"}), "");
    EXPECT_EQ(refused_path("off", {}), "/mapping/notification/off");
    EXPECT_EQ(refused_path("nonsense", {}), "/mapping/notification/nonsense");
}

TEST(PlanPermissions, MailToRootNeedsNone) {
    EXPECT_EQ(refused_path("mail-to-root", {}), "");
    EXPECT_FALSE(plan(configuration(), event_to(std::nullopt), bob, {}).refused);
}

TEST(PlanPermissions, EveryFilterInPlay) {
    EXPECT_EQ(refused_path("admins", {"admins"}), "/mapping/notification/warnings");
    EXPECT_EQ(refused_path("admins", {"admins"}, Severity::info), "/mapping/notification/warnings");
    EXPECT_EQ(refused_path("admins", {"admins", "warnings"}), "");
    // A filter that does not exist stops nobody.
    EXPECT_EQ(refused_path("open", {"open"}), "");
}

TEST(PlanPermissions, AGroupItsFilterEveryMemberAndTheirFilters) {
    EXPECT_EQ(refused_path("all", {"phone", "admins", "off", "warnings"}),
              "/mapping/notification/all");
    EXPECT_EQ(refused_path("all", {"all", "admins", "off", "warnings"}),
              "/mapping/notification/phone");
    EXPECT_EQ(refused_path("all", {"all", "phone", "off", "warnings"}),
              "/mapping/notification/admins");
    EXPECT_EQ(refused_path("all", {"all", "phone", "admins", "warnings"}),
              "/mapping/notification/off");
    EXPECT_EQ(refused_path("all", {"all", "phone", "admins", "off"}),
              "/mapping/notification/warnings");
    EXPECT_EQ(refused_path("all", {"all", "phone", "admins", "off", "warnings"}), "");
    EXPECT_EQ(refused_path("errors", {"errors", "users"}), "/mapping/notification/fatal");
    // A member that is mail-to-root needs none.
    EXPECT_EQ(refused_path("errors", {"errors", "users", "fatal"}), "");
}

TEST(PlanPermissions, Tests) {
    const auto tested = [](const std::string& lines, const char* target) {
        const auto result = plan_test(configuration(lines), target, bob, 0);
        if (!result) return std::string("not found");
        return result->refused ? result->refused->path : std::string();
    };
    EXPECT_EQ(tested("", "phone"), "/mapping/notification/phone");
    EXPECT_EQ(tested("acl:1:/mapping:bob@pve:Audit:\n", "phone"), "");
    EXPECT_EQ(tested("acl:1:/mapping:bob@pve:Use:\n", "all"), "");
    EXPECT_EQ(tested("acl:0:/mapping/notification/all:bob@pve:Use:\n", "all"),
              "/mapping/notification/phone");
    EXPECT_EQ(tested("", "mail-to-root"), "");
    EXPECT_EQ(tested("", "nonsense"), "/mapping/notification/nonsense");
    EXPECT_EQ(tested("acl:1:/mapping:bob@pve:Use:\n", "nonsense"), "not found");
}

TEST(PlanTest, GoesRoundFiltersAndDisabling) {
    const auto tested = [](const char* target) {
        return brief(plan_test(configuration(), target, root, 0).value());
    };
    EXPECT_THAT(tested("admins"), ElementsAre("admins + a@example.com"));
    EXPECT_THAT(tested("off"), ElementsAre("off +"));
    EXPECT_THAT(tested("all"),
                ElementsAre("phone via all +", "admins via all + a@example.com", "off via all +"));
    EXPECT_THAT(tested("quiet"), ElementsAre("users via quiet + alice@example.com"));
    EXPECT_THAT(tested("mail-to-root"), ElementsAre("mail-to-root + root@example.com"));
    // What the test is to show is the failure.
    EXPECT_THAT(tested("nobody"), ElementsAre("nobody !"));
}

}  // namespace
}  // namespace pmx::notifier
