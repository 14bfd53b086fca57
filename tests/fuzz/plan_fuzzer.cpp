// Any bytes as all the files and an event, divided at each 0xff:
// notifications, private part, users, datacenter, jobs, type, severity, target, job, caller.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/check.h"
#include "notifier/plan/explain_json.h"
#include "notifier/plan/plan.h"
#include "schema/mail_address.h"

namespace schema = pmx::schema;
using namespace pmx::notifier;  // NOLINT(google-build-using-namespace)

namespace {

struct Input {
    Configuration configuration;
    Event event;
    Caller caller{"root@pam", ""};
};

Input divide(std::string_view bytes) {
    std::array<std::string_view, 10> parts;
    for (std::string_view& part : parts) {
        const std::size_t end = std::min(bytes.find('\xff'), bytes.size());
        part = bytes.substr(0, end);
        bytes.remove_prefix(std::min(end + 1, bytes.size()));
    }
    Input input;
    input.configuration.notifications = schema::parse_notifications(parts[0], parts[1]).values;
    input.configuration.users = schema::parse_users("users.cfg", parts[2]).values;
    input.configuration.datacenter = schema::parse_datacenter(parts[3]).values;
    input.configuration.jobs = schema::parse_jobs(parts[4]).values;
    input.configuration.hostname = "node";
    input.event.type = parts[5];
    input.event.severity = parse_severity(parts[6]).value_or(Severity::info);
    input.event.fields = {{"failure-count", std::string(parts[6])}};
    if (!parts[7].empty()) input.event.target = std::string(parts[7]);
    if (!parts[8].empty()) input.event.job = std::string(parts[8]);
    if (const auto caller = schema::parse_caller(parts[9])) input.caller = *caller;
    return input;
}

template <typename MailMeans>
void check_mail(const Delivery& delivery, const MailMeans& mail) {
    PMX_CHECK(schema::is_mail_address(mail.from), "not an address to send from");
    PMX_CHECK(!schema::has_control_characters(mail.author), "an author can inject a header");
    PMX_CHECK(!mail.recipients.empty(), "a mail to nobody");
    std::set<std::string> seen;
    for (const std::string& recipient : mail.recipients) {
        PMX_CHECK(seen.insert(schema::mail_address_key(recipient)).second, "an address twice");
        PMX_CHECK(schema::is_mail_address(recipient) ||
                      (recipient == "root" && delivery.target == schema::mail_to_root),
                  "not an address to send to");
    }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Input input = divide({reinterpret_cast<const char*>(data), size});
    const Plan result = plan(input.configuration, input.event, input.caller, {1000, {}});
    const bool silent = !result.send || result.refused.has_value();
    PMX_CHECK(!silent || result.deliveries.empty(), "delivered though refused or not sent");
    std::set<std::string> targets;
    for (const Delivery& delivery : result.deliveries) {
        PMX_CHECK(targets.insert(delivery.target).second, "a target twice");
        PMX_CHECK(delivery.deliver != std::holds_alternative<std::monostate>(delivery.means),
                  "a delivery without means");
        if (const auto* mail = std::get_if<Mail>(&delivery.means)) check_mail(delivery, *mail);
        if (const auto* mail = std::get_if<SmtpMail>(&delivery.means)) check_mail(delivery, *mail);
    }
    (void)explain_json(result, input.event);
    (void)plan_test(input.configuration, input.event.target.value_or(""), input.caller, 1000);
    return 0;
}
