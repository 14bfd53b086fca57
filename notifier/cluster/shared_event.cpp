#include "notifier/cluster/shared_event.h"

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/json_nesting.h"
#include "notifier/cluster/shared_directory.h"
#include "notifier/render/event_request.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;

constexpr std::size_t max_event_nesting = 8;
constexpr std::string_view cut_note = "\n[... the rest is left out ...]\n";

json event_json(const Event& event) {
    json object = {{"id", event.id},
                   {"type", event.type},
                   {"severity", to_string(event.severity)},
                   {"title", event.title},
                   {"body", event.body},
                   {"fields", event.fields},
                   {"timestamp", event.timestamp_s},
                   {"node", event.node}};
    if (event.html) object["html"] = *event.html;
    if (event.target) object["target"] = *event.target;
    if (event.job) object["job"] = *event.job;
    return object;
}

tl::unexpected<Error> bad() {
    return fail(Code::protocol_error, "it is not what a notifier writes");
}

DeliveryState state_of(std::string_view text) {
    for (DeliveryState state : {DeliveryState::delivered, DeliveryState::failed,
                                DeliveryState::dead, DeliveryState::gathered})
        if (text == to_string(state)) return state;
    return DeliveryState::skipped;
}

std::vector<std::string> strings_of(const json& list) {
    std::vector<std::string> strings;
    for (const json& each : list)
        if (each.is_string()) strings.push_back(each.get<std::string>());
    return strings;
}

Result<json> parse_object(std::string_view text) {
    if (json_nests_deeper_than(text, max_event_nesting)) return bad();
    json object = json::parse(text, nullptr, false);
    if (!object.is_object()) return bad();
    return object;
}

}  // namespace

std::string to_json(const SharedEvent& shared) {
    json object = {{"node", shared.node},
                   {"uid", shared.uid},
                   {"caller", shared.caller},
                   {"event", event_json(shared.event)}};
    std::string text = compact_text(object);
    json& event = object["event"];
    if (text.size() > max_shared_bytes) {
        event.erase("html");
        text = compact_text(object);
    }
    std::string body = shared.event.body;
    while (text.size() > max_shared_bytes && !body.empty()) {
        body.resize(body.size() / 2);
        event["body"] = body + std::string(cut_note);
        text = compact_text(object);
    }
    while (text.size() > max_shared_bytes && !event["fields"].empty()) {
        event["fields"].erase(event["fields"].begin());
        text = compact_text(object);
    }
    return text;
}

Result<SharedEvent> parse_shared_event(std::string_view text) {
    auto object = parse_object(text);
    if (!object) return fail(object.error());
    const json event = object->value("event", json());
    if (!event.is_object()) return bad();
    SharedEvent shared;
    shared.node = text_member(*object, "node").value_or("");
    shared.uid = static_cast<std::uint32_t>(number_member(*object, "uid").value_or(0));
    shared.caller = text_member(*object, "caller").value_or("");
    shared.event.id = text_member(event, "id").value_or("");
    shared.event.type = text_member(event, "type").value_or("");
    shared.event.severity =
        parse_severity(text_member(event, "severity").value_or("")).value_or(Severity::error);
    shared.event.title = text_member(event, "title").value_or("");
    shared.event.body = text_member(event, "body").value_or("");
    shared.event.html = text_member(event, "html");
    shared.event.timestamp_s = number_member(event, "timestamp").value_or(0);
    shared.event.node = text_member(event, "node").value_or("");
    shared.event.target = text_member(event, "target");
    shared.event.job = text_member(event, "job");
    shared.event.cluster = true;
    const json fields = event.value("fields", json::object());
    for (const auto& [name, value] : fields.items())
        if (value.is_string()) shared.event.fields[name] = value.get<std::string>();
    if (!valid_event_id(shared.event.id) || shared.event.title.empty()) return bad();
    return shared;
}

std::string to_json(const SharedOutcome& outcome) {
    json deliveries = json::array();
    for (const NewDelivery& delivery : outcome.deliveries) {
        json row = {{"target", delivery.target},
                    {"state", to_string(delivery.state)},
                    {"reason", delivery.reason},
                    {"recipients", delivery.recipients},
                    {"node", delivery.node}};
        if (delivery.via) row["via"] = *delivery.via;
        deliveries.push_back(std::move(row));
    }
    json object = {{"settled", outcome.settled}, {"deliveries", std::move(deliveries)}};
    if (!outcome.reached.empty()) object["reached"] = outcome.reached;
    return compact_text(object);
}

Result<SharedOutcome> parse_shared_outcome(std::string_view text) {
    auto object = parse_object(text);
    if (!object) return fail(object.error());
    SharedOutcome outcome;
    const auto settled = object->find("settled");
    outcome.settled = settled != object->end() && settled->is_boolean() && settled->get<bool>();
    const json rows = object->value("deliveries", json::array());
    if (!rows.is_array()) return bad();
    for (const json& row : rows) {
        if (!row.is_object()) return bad();
        NewDelivery delivery;
        delivery.target = text_member(row, "target").value_or("");
        delivery.via = text_member(row, "via");
        delivery.state = state_of(text_member(row, "state").value_or(""));
        delivery.reason = text_member(row, "reason").value_or("");
        delivery.node = text_member(row, "node").value_or("");
        delivery.recipients = strings_of(row.value("recipients", json::array()));
        outcome.deliveries.push_back(std::move(delivery));
    }
    const json reached = object->value("reached", json::object());
    if (!reached.is_object()) return bad();
    for (const auto& [target, addresses] : reached.items())
        outcome.reached[target] = strings_of(addresses);
    return outcome;
}

}  // namespace pmx::notifier
