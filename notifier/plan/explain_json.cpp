#include "notifier/plan/explain_json.h"

#include <nlohmann/json.hpp>

#include "base/json.h"

namespace pmx::notifier {

namespace {

using Json = nlohmann::ordered_json;

Json optional(const std::optional<std::string>& text) {
    return text ? Json(*text) : Json(nullptr);
}

Json event_json(const Event& event) {
    Json json;
    json["id"] = event.id;
    json["type"] = event.type;
    json["severity"] = to_string(event.severity);
    json["title"] = event.title;
    json["fields"] = event.fields;
    json["timestamp"] = event.timestamp_s;
    json["node"] = event.node;
    json["target"] = optional(event.target);
    json["job"] = optional(event.job);
    return json;
}

// How it is sent; nothing where it is not.
Json kind_of(const Delivery& delivery) {
    if (std::holds_alternative<Mail>(delivery.means)) return "sendmail";
    if (std::holds_alternative<SmtpMail>(delivery.means)) return "smtp";
    if (std::holds_alternative<GotifyMessage>(delivery.means)) return "gotify";
    if (std::holds_alternative<WebhookCall>(delivery.means)) return "webhook";
    return nullptr;
}

void set_mail(Json& json, const Delivery& delivery) {
    json["recipients"] = Json::array();
    json["from"] = nullptr;
    const auto set = [&json](const auto& mail) {
        json["recipients"] = mail.recipients;
        json["from"] = mail.from;
    };
    if (const auto* mail = std::get_if<Mail>(&delivery.means)) set(*mail);
    if (const auto* mail = std::get_if<SmtpMail>(&delivery.means)) set(*mail);
}

Json delivery_json(const Delivery& delivery) {
    Json json;
    json["target"] = delivery.target;
    json["via"] = optional(delivery.via);
    json["matcher"] = optional(delivery.matcher);
    json["kind"] = kind_of(delivery);
    json["deliver"] = delivery.deliver;
    json["reason"] = delivery.reason;
    set_mail(json, delivery);
    json["skipped"] = Json::array();
    for (const SkippedUser& skipped : delivery.skipped) {
        json["skipped"].push_back({{"user", skipped.user}, {"why", skipped.why}});
    }
    return json;
}

}  // namespace

std::string explain_json(const Plan& plan, const Event& event) {
    Json json;
    json["event"] = event_json(event);
    json["send"] = plan.send;
    json["reason"] = plan.reason;
    json["refused"] = nullptr;
    if (plan.refused) {
        json["refused"] = {{"path", plan.refused->path}, {"privilege", plan.refused->privilege}};
    }
    json["matchers"] = Json::array();
    for (const MatcherVerdict& verdict : plan.matchers) {
        json["matchers"].push_back(
            {{"matcher", verdict.matcher}, {"takes", verdict.takes}, {"reason", verdict.reason}});
    }
    json["deliveries"] = Json::array();
    for (const Delivery& delivery : plan.deliveries) {
        json["deliveries"].push_back(delivery_json(delivery));
    }
    json["warnings"] = plan.warnings;
    // Comments and titles may be in any encoding; what is no UTF-8 is replaced.
    return compact_text(json);
}

}  // namespace pmx::notifier
