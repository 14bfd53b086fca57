#include "notifier/plan/explain_json.h"

#include <nlohmann/json.hpp>

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

Json delivery_json(const Delivery& delivery) {
    Json json;
    json["target"] = delivery.target;
    json["via"] = optional(delivery.via);
    json["deliver"] = delivery.deliver;
    json["reason"] = delivery.reason;
    const Mail* mail = std::get_if<Mail>(&delivery.means);
    json["recipients"] = mail == nullptr ? Json::array() : Json(mail->recipients);
    json["skipped"] = Json::array();
    for (const SkippedUser& skipped : delivery.skipped) {
        json["skipped"].push_back({{"user", skipped.user}, {"why", skipped.why}});
    }
    json["from"] = mail == nullptr ? Json(nullptr) : Json(mail->from);
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
    json["deliveries"] = Json::array();
    for (const Delivery& delivery : plan.deliveries) {
        json["deliveries"].push_back(delivery_json(delivery));
    }
    json["warnings"] = plan.warnings;
    // Comments and titles may be in any encoding; what is no UTF-8 is replaced.
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace pmx::notifier
