// Where the matchers lead what nobody gave a target.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notifier/plan/plan.h"

namespace pmx::notifier {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view routed_targets =
    "smtp: relay\n\tserver mx\n\tfrom-address pve@x\n\tauthor Me\n\tmailto-user alice@pve\n"
    "\tmailto-user gone@pve\n\n"
    "smtp: nobody\n\tserver mx\n\tfrom-address pve@x\n\tmailto-user gone@pve\n\n"
    "webhook: hook\n\turl http://x/S3cret\n\tmethod post\n\tsecret name=a\n\n"
    "sendmail: admins\n\tmailto a@b\n\tfilter errors\n\n"
    "sendmail: off\n\tmailto a@b\n\tdisable\n\n"
    "group: gg\n\tendpoint admins\n\tendpoint hook\n\n"
    "group: quiet\n\tendpoint hook\n\tfilter never\n\n"
    "filter: errors\n\tmin-severity error\n\n"
    "filter: never\n\tmode or\n\n";
constexpr std::string_view routed_secrets = "webhook: hook\n\tsecret name=a,value=UzNjcmV0\n";
constexpr std::string_view no_default = "matcher: default-matcher\n\tdisable true\n\n";
constexpr std::string_view routed_users =
    "user:root@pam:1:0:::root@example.com:::\nuser:alice@pve:1:0:::alice@example.com:::\n"
    "user:bob@pve:1:0:\nrole:Use:Mapping.Use:\nrole:Audit:Mapping.Audit:\n";

const Caller root_caller{"root@pam", ""};
const Caller bob_caller{"bob@pve", ""};

Configuration routing_configuration(std::string_view matchers, std::string_view more_users = "") {
    Configuration result;
    result.notifications =
        schema::in_force(schema::parse_notifications(
                             std::string(routed_targets) + std::string(matchers), routed_secrets),
                         {})
            .values;
    result.users =
        schema::parse_users("users.cfg", std::string(routed_users) + std::string(more_users))
            .values;
    result.hostname = "node1";
    return result;
}

Event routed_event(std::string_view type = "mine", Severity severity = Severity::error) {
    Event event;
    event.type = type;
    event.severity = severity;
    event.node = "node1";
    return event;
}

// "target by matcher: +", "-" where it is not delivered, "!" where that is a failure.
std::vector<std::string> brief_route(const Plan& plan) {
    std::vector<std::string> lines;
    for (const Delivery& delivery : plan.deliveries) {
        std::string line = delivery.target;
        if (delivery.via) line += " via " + *delivery.via;
        if (delivery.matcher) line += " by " + *delivery.matcher;
        lines.push_back(line + (delivery.deliver ? " +" : delivery.failed ? " !" : " -"));
    }
    return lines;
}

Plan routed(std::string_view matchers, const Event& event = routed_event(),
            const Caller& caller = root_caller, std::string_view more_users = "") {
    return plan(routing_configuration(matchers, more_users), event, caller, {});
}

TEST(Routing, WithoutMatchersEverythingGoesToRoot) {
    const Plan result = routed("");
    EXPECT_THAT(brief_route(result), ElementsAre("mail-to-root +"));
    EXPECT_EQ(result.deliveries.at(0).reason, "no target is configured");
    EXPECT_THAT(result.matchers, IsEmpty());
}

TEST(Routing, TheBuiltInMatcherIsThereUnlessTheFileHasIt) {
    constexpr std::string_view mine = "matcher: mine\n\ttarget hook\n\n";
    EXPECT_THAT(brief_route(routed(mine)),
                ElementsAre("hook by mine +", "mail-to-root by default-matcher +"));
    EXPECT_THAT(brief_route(routed(std::string(mine) + std::string(no_default))),
                ElementsAre("hook by mine +"));
    EXPECT_THAT(brief_route(routed("matcher: default-matcher\n\ttarget hook\n\n")),
                ElementsAre("hook by default-matcher +"));
    // One that is disabled is none.
    EXPECT_THAT(brief_route(routed("matcher: mine\n\ttarget hook\n\tdisable\n")),
                ElementsAre("mail-to-root by default-matcher +"));
}

TEST(Routing, EachDeliverySaysWhichMatcherTookItAndWhy) {
    const Plan result = routed(
        "matcher: mine\n\tmatch-field exact:type=mine\n\tmatch-severity error\n\ttarget hook\n\n"
        "matcher: other\n\tmatch-field exact:type=other\n\ttarget relay\n");
    EXPECT_EQ(result.deliveries.at(0).reason,
              "matcher 'mine' takes it: match-field exact:type=mine, match-severity error matched");
    EXPECT_EQ(result.deliveries.at(1).reason,
              "the built-in matcher 'default-matcher' takes everything");
    ASSERT_EQ(result.matchers.size(), 3U);
    EXPECT_EQ(result.matchers.at(1).matcher, "other");
    EXPECT_FALSE(result.matchers.at(1).takes);
    EXPECT_EQ(result.matchers.at(1).reason, "match-field exact:type=other did not match");
}

TEST(Routing, EachTargetOnceThoughSeveralMatchersLeadThere) {
    const Plan result = routed(
        "matcher: m1\n\ttarget hook\n\ttarget relay\n\ttarget hook\n\n"
        "matcher: m2\n\ttarget relay\n\ttarget gg\n\ttarget mail-to-root\n");
    EXPECT_THAT(brief_route(result), ElementsAre("hook by m1 +", "relay by m1 +",
                                                 "admins via gg by m2 +", "mail-to-root by m2 +"));
}

TEST(Routing, AWayThatIsOpenBeatsOneThatIsNot) {
    const std::string first = "matcher: m1\n\ttarget quiet\n\n" + std::string(no_default);
    EXPECT_THAT(brief_route(routed(first)), ElementsAre("hook via quiet by m1 -"));
    EXPECT_THAT(brief_route(routed(first + "matcher: m2\n\ttarget hook\n")),
                ElementsAre("hook by m2 +"));
}

TEST(Routing, FiltersStandBesideMatchers) {
    const std::string to_group = "matcher: m1\n\ttarget gg\n\n" + std::string(no_default);
    EXPECT_THAT(brief_route(routed(to_group, routed_event("mine", Severity::info))),
                ElementsAre("admins via gg by m1 -", "hook via gg by m1 +"));
}

TEST(Routing, WhatNoMatcherTakesIsADecision) {
    const Plan result =
        routed("matcher: m1\n\tmatch-severity info\n\ttarget hook\n\n" + std::string(no_default));
    EXPECT_FALSE(result.send);
    EXPECT_EQ(result.reason, "no matcher takes it");
    EXPECT_THAT(result.deliveries, IsEmpty());
    ASSERT_EQ(result.matchers.size(), 1U);
    EXPECT_EQ(result.matchers.at(0).reason, "match-severity info did not match");
    // One without targets takes it, and that is all.
    const Plan sink = routed("matcher: sink\n\n" + std::string(no_default));
    EXPECT_TRUE(sink.send);
    EXPECT_THAT(sink.deliveries, IsEmpty());
}

TEST(Routing, ABrokenMatcherSilencesNobody) {
    const Plan result =
        routed("matcher: m1\n\tmatch-severity fatal\n\ttarget hook\n\n" + std::string(no_default));
    EXPECT_TRUE(result.send);
    EXPECT_THAT(brief_route(result), ElementsAre("mail-to-root +"));
    EXPECT_THAT(result.deliveries.at(0).reason, HasSubstr("a section is broken"));
}

TEST(Routing, CalendarsSeeTheEventsTime) {
    const auto config = routing_configuration(
        std::string(no_default) + "matcher: m1\n\tmatch-calendar mon 8-9\n\ttarget hook\n");
    EXPECT_TRUE(plan(config, routed_event(), root_caller, {0, {0, 8 * 3600}}).send);
    EXPECT_FALSE(plan(config, routed_event(), root_caller, {0, {1, 8 * 3600}}).send);
}

TEST(Routing, OnlyWhatHasNoTarget) {
    const std::string all_to_hook = "matcher: m1\n\ttarget hook\n\n" + std::string(no_default);
    Event named = routed_event();
    named.target = "relay";
    EXPECT_THAT(brief_route(routed(all_to_hook, named)), ElementsAre("relay +"));

    Configuration config = routing_configuration(all_to_hook);
    config.datacenter = schema::parse_datacenter("notify: target-fencing=relay\n").values;
    EXPECT_THAT(brief_route(plan(config, routed_event("fencing"), root_caller, {})),
                ElementsAre("relay +"));
    EXPECT_THAT(brief_route(plan(config, routed_event("replication"), root_caller, {})),
                ElementsAre("hook by m1 +"));
    config.datacenter = schema::parse_datacenter("notify: replication=never\n").values;
    EXPECT_FALSE(plan(config, routed_event("replication"), root_caller, {}).send);

    config.jobs = schema::parse_jobs("vzdump: x1\n\tmailto x@y\n\nvzdump: x2\n").values;
    Event backup = routed_event("vzdump");
    backup.job = "x1";
    EXPECT_THAT(brief_route(plan(config, backup, root_caller, {})), ElementsAre("job:x1 +"));
    backup.job = "x2";
    EXPECT_THAT(brief_route(plan(config, backup, root_caller, {})), ElementsAre("hook by m1 +"));
}

TEST(Routing, WhatCannotReachATargetFallsBackToRoot) {
    const Plan gone = routed(std::string(no_default) + "matcher: m1\n\ttarget gone\n");
    EXPECT_THAT(brief_route(gone), ElementsAre("gone by m1 !", "mail-to-root +"));
    const Plan nobody =
        routed(std::string(no_default) + "matcher: m1\n\ttarget nobody\n\ttarget hook\n");
    EXPECT_THAT(brief_route(nobody),
                ElementsAre("nobody by m1 !", "hook by m1 +", "mail-to-root +"));
}

TEST(Routing, WhatEachNewKindOfTargetIsSentWith) {
    const Plan result =
        routed(std::string(no_default) + "matcher: m1\n\ttarget relay\n\ttarget hook\n");
    const auto& mail = std::get<SmtpMail>(result.deliveries.at(0).means);
    EXPECT_EQ(mail.from, "pve@x");
    EXPECT_EQ(mail.author, "Me");
    EXPECT_THAT(mail.recipients, ElementsAre("alice@example.com"));
    EXPECT_THAT(result.deliveries.at(0).skipped,
                ElementsAre(SkippedUser{"gone@pve", "unknown user"}));
    EXPECT_TRUE(std::holds_alternative<WebhookCall>(result.deliveries.at(1).means));
}

// mail-to-root as Proxmox VE 8.1 and later lets it be modified.

TEST(MailToRoot, GoesToWhomItsSectionNames) {
    const auto mail_of = [](std::string_view section) {
        return std::get<Mail>(routed(section).deliveries.at(0).means);
    };
    const Mail modified =
        mail_of("sendmail: mail-to-root\n\tmailto ops@x\n\tfrom-address pve@x\n\tauthor Root\n");
    EXPECT_THAT(modified.recipients, ElementsAre("ops@x"));
    EXPECT_EQ(modified.from, "pve@x");
    EXPECT_EQ(modified.author, "Root");
    EXPECT_THAT(mail_of("sendmail: mail-to-root\n\tmailto-user gone@pve\n").recipients,
                ElementsAre("root@example.com"));
    EXPECT_THAT(mail_of("sendmail: mail-to-root\n\tauthor Root\n").recipients,
                ElementsAre("root@example.com"));
}

TEST(MailToRoot, IsDisabledForMatchersButStaysTheLastResort) {
    constexpr std::string_view disabled = "sendmail: mail-to-root\n\tdisable true\n\n";
    const Plan off = routed(disabled);
    EXPECT_THAT(brief_route(off), ElementsAre("mail-to-root -"));
    EXPECT_EQ(off.deliveries.at(0).reason, "it is disabled");
    Event named = routed_event();
    named.target = "mail-to-root";
    EXPECT_THAT(brief_route(routed(disabled, named)), ElementsAre("mail-to-root -"));
    named.target = "gone";
    EXPECT_THAT(brief_route(routed(disabled, named)), ElementsAre("gone !", "mail-to-root +"));
    // A decision against it does not stand in the way either.
    EXPECT_THAT(brief_route(routed(std::string(disabled) + "matcher: m1\n\ttarget gone\n")),
                ElementsAre("gone by m1 !", "mail-to-root +"));
    EXPECT_TRUE(plan_test(routing_configuration(disabled), "mail-to-root", root_caller, 0)
                    ->deliveries.at(0)
                    .deliver);
}

TEST(MailToRoot, NeedsNoPrivilegeWhateverItsSectionSays) {
    constexpr std::string_view section = "sendmail: mail-to-root\n\tfilter errors\n\n";
    Event named = routed_event();
    named.target = "mail-to-root";
    EXPECT_THAT(brief_route(routed(section, named, bob_caller)), ElementsAre("mail-to-root +"));
    EXPECT_THAT(brief_route(routed(section, routed_event(), bob_caller)),
                ElementsAre("mail-to-root +"));
    named.severity = Severity::info;
    EXPECT_THAT(brief_route(routed(section, named, bob_caller)), ElementsAre("mail-to-root -"));
}

// Nobody chose the targets that matchers lead to: they are not asked for, but not opened either.

std::vector<std::string> as_bob(std::string_view matchers, std::string_view users = "") {
    return brief_route(routed(matchers, routed_event(), bob_caller, users));
}

TEST(RoutingPermissions, ATargetThatTheCallerMayNotUseIsLeftOut) {
    const std::string both =
        std::string(no_default) + "matcher: m1\n\ttarget hook\n\ttarget relay\n";
    constexpr std::string_view uses_relay = "acl:0:/mapping/notification/relay:bob@pve:Use:\n";
    EXPECT_THAT(as_bob(both, uses_relay), ElementsAre("hook by m1 -", "relay by m1 +"));
    const Plan result = routed(both, routed_event(), bob_caller, uses_relay);
    EXPECT_FALSE(result.refused);
    EXPECT_EQ(result.deliveries.at(0).reason,
              "bob@pve lacks Mapping.Use on /mapping/notification/hook");
}

TEST(RoutingPermissions, WhatIsThenToldNobodyGoesToRoot) {
    const std::string to_hook = std::string(no_default) + "matcher: m1\n\ttarget hook\n";
    const Plan result = routed(to_hook, routed_event(), bob_caller);
    EXPECT_THAT(brief_route(result), ElementsAre("hook by m1 -", "mail-to-root +"));
    EXPECT_EQ(result.deliveries.at(1).reason,
              "fallback: bob@pve lacks Mapping.Use on /mapping/notification/hook");
    EXPECT_THAT(as_bob("matcher: m1\n\ttarget hook\n"),
                ElementsAre("hook by m1 -", "mail-to-root by default-matcher +"));
}

TEST(RoutingPermissions, FiltersAndMembersCountAsWellAsTheTarget) {
    const std::string to_group = std::string(no_default) + "matcher: m1\n\ttarget gg\n";
    std::string acl;
    for (const char* name : {"gg", "admins", "hook"})
        acl += "acl:0:/mapping/notification/" + std::string(name) + ":bob@pve:Use:\n";
    EXPECT_THAT(as_bob(to_group, acl), ElementsAre("gg by m1 -", "mail-to-root +"));
    acl += "acl:0:/mapping/notification/errors:bob@pve:Use:\n";
    EXPECT_THAT(as_bob(to_group, acl), ElementsAre("admins via gg by m1 +", "hook via gg by m1 +"));
}

TEST(RoutingPermissions, RulesOfMatchersAreShownToWhoMayReadThem) {
    constexpr std::string_view matchers = "matcher: m1\n\tmatch-severity error\n\ttarget hook\n";
    constexpr std::string_view use = "acl:1:/mapping:bob@pve:Use:\n";
    const Plan hidden = routed(matchers, routed_event(), bob_caller, use);
    EXPECT_EQ(hidden.matchers.size(), 1U);  // the one built in
    EXPECT_EQ(hidden.deliveries.at(0).reason, "matcher 'm1' takes it");
    const Plan shown =
        routed(matchers, routed_event(), bob_caller, "acl:1:/mapping:bob@pve:Use,Audit:\n");
    EXPECT_EQ(shown.matchers.size(), 2U);
    EXPECT_THAT(shown.deliveries.at(0).reason, HasSubstr("match-severity error matched"));
}

}  // namespace
}  // namespace pmx::notifier
