#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "notifier/plan/explain_json.h"
#include "notifier/plan/plan.h"
#include "schema/mail_address.h"

// What holds of every plan, whatever the configuration and the event.

namespace pmx::notifier {
namespace {

const std::vector<std::string> target_names = {"t1", "t2", "t3",           "t4",  "t5",
                                               "t6", "g1", "mail-to-root", "none"};
const std::vector<std::string> filter_names = {"f1", "f2", "gone"};
const std::vector<std::string> callers = {"root@pam", "u@pve", "v@pve", "u@pve!tok"};

std::string any_of(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line :
         *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(lines))) {
        if (text.find(line) == std::string::npos) text += line;
    }
    return text;
}

std::string any_common() {
    return any_of({"\tfilter " + *rc::gen::elementOf(filter_names) + "\n", "\tdisable\n"});
}

std::string any_matchers() {
    std::string text;
    for (const char* name : {"m1", "m2", "default-matcher"}) {
        if (*rc::gen::arbitrary<bool>()) continue;
        text += std::string("matcher: ") + name + "\n\ttarget " +
                *rc::gen::elementOf(target_names) + "\n" +
                any_of({"\ttarget t1\n", "\ttarget g1\n", "\tmatch-severity error,info\n",
                        "\tmatch-field exact:type=mine,fencing\n", "\tmode any\n",
                        "\tinvert-match 1\n", "\tdisable\n"}) +
                "\n";
    }
    if (*rc::gen::inRange(0, 10) == 0) text += "matcher: m3\n\tmode xor\n\n";
    if (*rc::gen::arbitrary<bool>()) {
        text += "sendmail: mail-to-root\n" +
                any_of({"\tdisable\n", "\tmailto r@x\n", "\tmailto-user off@pve\n"}) + "\n";
    }
    return text;
}

std::string any_notifications() {
    std::string text;
    for (const char* name : {"t1", "t2"}) {
        text += std::string("sendmail: ") + name + "\n\tmailto-user u@pve\n" +
                any_of({"\tmailto a@b\n", "\tmailto A@B\n", "\tmailto a@B\n",
                        "\tmailto-user off@pve\n", "\tmailto-user v@pve\n"}) +
                any_common() + "\n";
    }
    text += "gotify: t3\n\tserver https://x\n" + any_common() + "\n";
    text += "sendmail: t4\n\tmailto-user off@pve\n" + any_common() + "\n";
    text += "smtp: t5\n\tserver mx\n\tfrom-address a@b\n\tmailto-user " +
            *rc::gen::element<std::string>("u@pve", "off@pve") + "\n" + any_common() + "\n";
    text +=
        "webhook: t6\n\turl http://x/S3cret\n\tmethod get\n\tsecret name=a\n" + any_common() + "\n";
    text += "group: g1\n\tendpoint " + *rc::gen::elementOf(target_names) + "\n";
    for (const std::string& name :
         *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(target_names))) {
        text += "\tendpoint " + name + "\n";
    }
    text += any_common() + "\n";
    text += "filter: f1\n" + any_of({"\tmin-severity warning\n", "\tinvert-match\n"}) + "\n";
    text += "filter: f2\n" + any_of({"\tmode or\n", "\tinvert-match 1\n"}) + "\n";
    return text + any_matchers();
}

std::string any_users() {
    std::string text =
        "user:u@pve:1:0:::" + *rc::gen::element<std::string>("a@b", "u@x", "", "no") +
        ":::\nuser:v@pve:1:0:::v@x:::\nuser:off@pve:0:0:::off@x:::\ntoken:u@pve!tok:0:1:\n"
        "role:Use:Mapping.Use:\n";
    const std::vector<std::string> names = {"", "/t1", "/t2", "/t3", "/t4", "/g1", "/f1", "/f2"};
    for (const std::string& name :
         *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(names))) {
        text += "acl:1:/mapping/notification" + name + ":" +
                *rc::gen::element<std::string>("u@pve", "v@pve", "u@pve!tok") + ":" +
                *rc::gen::element<std::string>("Use", "NoAccess") + ":\n";
    }
    return text;
}

struct World {
    Configuration configuration;
    Event event;
    Caller caller;

    World() {
        configuration.notifications =
            schema::parse_notifications(any_notifications(),
                                        "gotify: t3\n\ttoken S3cret\n\n"
                                        "webhook: t6\n\tsecret name=a,value=UzNjcmV0\n")
                .values;
        configuration.users = schema::parse_users("users.cfg", any_users()).values;
        configuration.datacenter =
            schema::parse_datacenter("http_proxy: http://u:S3cret@p\nnotify: " +
                                     *rc::gen::element<std::string>(
                                         "fencing=never", "target-fencing=g1", "target-fencing=t1"))
                .values;
        configuration.hostname = "node";
        event.type = *rc::gen::element<std::string>("fencing", "mine", "replication");
        event.severity =
            *rc::gen::element(Severity::info, Severity::notice, Severity::warning, Severity::error);
        if (*rc::gen::arbitrary<bool>()) event.target = *rc::gen::elementOf(target_names);
        caller = schema::parse_caller(*rc::gen::elementOf(callers)).value();
    }

    [[nodiscard]] Plan planned() const { return plan(configuration, event, caller, {}); }
};

RC_GTEST_PROP(PlanLaws, NothingIsDeliveredWhenRefusedOrNotSent, ()) {
    const World world;
    const Plan plan = world.planned();
    RC_CLASSIFY(plan.refused.has_value(), "refused");
    if (plan.refused || !plan.send) RC_ASSERT(plan.deliveries.empty());
    if (world.caller.user == "root@pam") RC_ASSERT(!plan.refused);
}

RC_GTEST_PROP(PlanLaws, EachTargetOnceAndEachAddressOnceAMail, ()) {
    const World world;
    std::set<std::string> targets;
    for (const Delivery& delivery : world.planned().deliveries) {
        RC_ASSERT(targets.insert(delivery.target).second);
        RC_ASSERT(!delivery.reason.empty());
        RC_ASSERT(delivery.deliver != std::holds_alternative<std::monostate>(delivery.means));
        RC_ASSERT(!(delivery.deliver && delivery.failed));
        const auto* mail = std::get_if<Mail>(&delivery.means);
        const auto* smtp = std::get_if<SmtpMail>(&delivery.means);
        if (mail == nullptr && smtp == nullptr) continue;
        std::set<std::string> addresses;
        const auto& recipients = mail == nullptr ? smtp->recipients : mail->recipients;
        RC_ASSERT(!recipients.empty());
        for (const std::string& address : recipients) {
            RC_ASSERT(addresses.insert(schema::mail_address_key(address)).second);
            RC_ASSERT(schema::is_mail_address(address) ||
                      (address == "root" && delivery.target == schema::mail_to_root));
        }
    }
}

// Silence is always a decision of the configuration, never an accident.
RC_GTEST_PROP(PlanLaws, WhatIsSentIsDeliveredOrDecidedAgainst, ()) {
    const World world;
    const Plan plan = world.planned();
    if (!plan.send || plan.refused) return;
    const bool any_delivered = std::any_of(plan.deliveries.begin(), plan.deliveries.end(),
                                           [](const Delivery& one) { return one.deliver; });
    const bool all_decided =
        std::all_of(plan.deliveries.begin(), plan.deliveries.end(), [](const Delivery& one) {
            return one.reason.find("disabled") != std::string::npos ||
                   one.reason.find("does not pass") != std::string::npos ||
                   one.reason.find("it does not exist") == 0 ||
                   one.reason.find("lacks Mapping.Use") != std::string::npos ||
                   one.reason.find("it is a group itself") == 0;
        });
    RC_CLASSIFY(any_delivered, "delivered");
    RC_ASSERT(any_delivered || all_decided);
    const bool any_failed = std::any_of(plan.deliveries.begin(), plan.deliveries.end(),
                                        [](const Delivery& one) { return one.failed; });
    const bool root_told = std::any_of(
        plan.deliveries.begin(), plan.deliveries.end(),
        [](const Delivery& one) { return one.deliver && one.target == schema::mail_to_root; });
    if (any_failed) RC_ASSERT(root_told);
    // Who is not let through to any target is heard by root all the same.
    const bool any_denied =
        std::any_of(plan.deliveries.begin(), plan.deliveries.end(), [](const Delivery& one) {
            return one.reason.find("lacks Mapping.Use") != std::string::npos;
        });
    if (any_denied) RC_ASSERT(any_delivered);
}

// Matchers decide on nothing that has a target; and where they decide, nobody is refused.
RC_GTEST_PROP(PlanLaws, MatchersRouteWhatHasNoTarget, ()) {
    World world;
    world.event.type = "mine";
    const Plan plan = world.planned();
    const auto& config = world.configuration.notifications;
    if (world.event.target) {
        RC_ASSERT(plan.matchers.empty());
        return;
    }
    RC_ASSERT(!plan.refused);
    RC_CLASSIFY(!plan.send, "no matcher takes it");
    const bool any_enabled =
        std::any_of(config.matchers.begin(), config.matchers.end(),
                    [](const schema::Matcher& matcher) { return !matcher.disable; });
    const bool has_built_in = config.find_matcher(schema::default_matcher) == nullptr;
    if (!plan.send) RC_ASSERT(!has_built_in && !config.matchers_may_be_missing);
    if (!any_enabled && !has_built_in && !config.matchers_may_be_missing) RC_ASSERT(!plan.send);
    for (const Delivery& delivery : plan.deliveries) {
        if (!delivery.matcher) RC_ASSERT(delivery.target == schema::mail_to_root);
    }
}

// What a matcher leads to depends on no other matcher, but for being told once.
RC_GTEST_PROP(PlanLaws, AnotherMatcherTakesNothingAway, ()) {
    World world;
    world.event.type = "mine";
    world.event.target.reset();
    const Plan with = world.planned();
    auto& matchers = world.configuration.notifications.matchers;
    if (matchers.empty() || matchers.back().name == schema::default_matcher) return;
    matchers.pop_back();
    for (const Delivery& before : world.planned().deliveries) {
        if (!before.deliver || before.reason.find("fallback") == 0) continue;
        const bool is_there = std::any_of(
            with.deliveries.begin(), with.deliveries.end(),
            [&](const Delivery& one) { return one.target == before.target && one.deliver; });
        RC_ASSERT(is_there);
    }
}

RC_GTEST_PROP(PlanLaws, NoSecretIsExplained, ()) {
    const World world;
    const Plan plan = world.planned();
    RC_ASSERT(explain_json(plan, world.event).find("S3cret") == std::string::npos);
}

RC_GTEST_PROP(PlanLaws, WhatRootMayAnyoneMayWithEveryPrivilege, ()) {
    World world;
    world.configuration.users.acl = {
        {true, "/", schema::SubjectKind::user, "v@pve", "Administrator"}};
    world.caller = Caller{"v@pve", ""};
    const std::string as_user = explain_json(world.planned(), world.event);
    world.caller = Caller{"root@pam", ""};
    RC_ASSERT(as_user == explain_json(world.planned(), world.event));
}

}  // namespace
}  // namespace pmx::notifier
