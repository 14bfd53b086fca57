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

const std::vector<std::string> target_names = {"t1", "t2",           "t3",  "t4",
                                               "g1", "mail-to-root", "none"};
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
    text += "group: g1\n\tendpoint " + *rc::gen::elementOf(target_names) + "\n";
    for (const std::string& name :
         *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(target_names))) {
        text += "\tendpoint " + name + "\n";
    }
    text += any_common() + "\n";
    text += "filter: f1\n" + any_of({"\tmin-severity warning\n", "\tinvert-match\n"}) + "\n";
    text += "filter: f2\n" + any_of({"\tmode or\n", "\tinvert-match 1\n"}) + "\n";
    return text;
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
            schema::parse_notifications(any_notifications(), "gotify: t3\n\ttoken S3cret\n").values;
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

    [[nodiscard]] Plan planned() const { return plan(configuration, event, caller, 0); }
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
        const Mail* mail = std::get_if<Mail>(&delivery.means);
        if (mail == nullptr) continue;
        std::set<std::string> addresses;
        RC_ASSERT(!mail->recipients.empty());
        for (const std::string& address : mail->recipients) {
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
                   one.reason.find("it is a group itself") == 0;
        });
    RC_CLASSIFY(any_delivered, "delivered");
    RC_ASSERT(!plan.deliveries.empty());
    RC_ASSERT(any_delivered || all_decided);
    const bool any_failed = std::any_of(plan.deliveries.begin(), plan.deliveries.end(),
                                        [](const Delivery& one) { return one.failed; });
    const bool root_told = std::any_of(
        plan.deliveries.begin(), plan.deliveries.end(),
        [](const Delivery& one) { return one.deliver && one.target == schema::mail_to_root; });
    if (any_failed) RC_ASSERT(root_told);
}

RC_GTEST_PROP(PlanLaws, NoSecretIsExplained, ()) {
    const World world;
    const Plan plan = world.planned();
    RC_ASSERT(explain_json(plan, world.event).find("S3cret") == std::string::npos);
}

RC_GTEST_PROP(PlanLaws, WhatRootMayAnyoneMayWithEveryPrivilege, ()) {
    World world;
    world.configuration.users.acl = {{true, "/", schema::SubjectKind::user, "v@pve", "Use"}};
    world.caller = Caller{"v@pve", ""};
    const std::string as_user = explain_json(world.planned(), world.event);
    world.caller = Caller{"root@pam", ""};
    RC_ASSERT(as_user == explain_json(world.planned(), world.event));
}

}  // namespace
}  // namespace pmx::notifier
