#include "notifier/render/event_request.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "notifier/render/human.h"
#include "notifier/render/render.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;

tl::unexpected<Error> bad(std::string what) {
    return fail(Code::invalid_argument, std::move(what));
}

bool is_lower_word(std::string_view text, std::size_t limit) {
    return !text.empty() && text.size() <= limit && text.front() != '-' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
           });
}

bool is_field_name(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    });
}

// Of a target or a job. It goes to the log and the history, whether or not there is one.
bool is_short_line(const std::optional<std::string>& name) {
    return !name || (name->size() <= max_name_bytes && one_line(*name) == *name);
}

Result<void> check_request(const EventRequest& request) {
    if (!valid_event_id(request.id)) {
        return bad("event id '" + request.id.substr(0, 128) +
                   "': use 1 to 128 letters, digits, '.', '_' or '-'");
    }
    if (!is_lower_word(request.type, 64)) {
        return bad("event type '" + request.type.substr(0, 64) +
                   "': use 1 to 64 lower-case letters, digits or '-'");
    }
    if (!is_short_line(request.target)) return bad("target: not one line of at most 128 bytes");
    if (request.data.size() > max_data_bytes) return bad("data: more than 8 MiB");
    if (request.body && request.body->size() > max_body_bytes) return bad("body: more than 1 MiB");
    if (request.fields.size() > max_fields) return bad("more than 64 fields");
    for (const auto& [name, value] : request.fields) {
        if (!is_field_name(name)) {
            return bad("field name '" + name.substr(0, 64) +
                       "': use 1 to 64 letters, digits, '-', '_' or '.'");
        }
        if (value.size() > max_field_bytes) return bad("field '" + name + "': more than 16 KiB");
    }
    if (request.timestamp_s < 0 || request.timestamp_s > 253'402'300'799) {  // year 9999
        return bad("timestamp is not a time between 1970 and 9999");
    }
    return {};
}

// What is made of much data is cut to what mail systems take (Postfix: 10 MB, once encoded): a
// report without its end arrives, one that is too large does not. HTML is then made of the text.
void bound_rendered(Event& event) {
    if (event.body.size() > max_body_bytes) {
        // Lines may be of any length: where none ends, what is no longer UTF-8 is replaced later.
        event.body.resize(
            std::min(event.body.rfind('\n', max_body_bytes - 100), max_body_bytes - 100));
        event.body += "\n[... the rest is left out ...]\n";
        event.html.reset();
    }
    if (event.html && event.html->size() > max_html_bytes) event.html.reset();
}

void take_rendered(Event& event, Rendered rendered) {
    event.severity = rendered.severity;
    event.title = std::move(rendered.title);
    event.body = std::move(rendered.text);
    event.html = std::move(rendered.html);
    event.fields = std::move(rendered.fields);
    bound_rendered(event);
}

// Absent and null are the same; any other kind is an error.
bool take_string(const json& object, const char* key, std::optional<std::string>& into) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return true;
    if (!found->is_string()) return false;
    into = found->get<std::string>();
    return true;
}

Result<void> take_fields(const json& object, std::map<std::string, std::string>& fields) {
    const auto found = object.find("fields");
    if (found == object.end()) return {};
    if (!found->is_object() || found->size() > max_fields) {
        return bad("'fields' is not an object of at most 64 members");
    }
    for (const auto& [name, value] : found->items()) {
        if (!value.is_string()) return bad("field '" + name.substr(0, 64) + "' is not a string");
        fields[name] = value.get<std::string>();
    }
    return {};
}

}  // namespace

std::string event_title(std::string text) {
    std::string title = one_line(std::move(text));
    title.erase(title.find_last_not_of(' ') + 1);
    title.erase(0, std::min(title.find_first_not_of(' '), title.size()));
    if (title.size() <= max_title_bytes) return title;
    std::size_t end = max_title_bytes - 3;
    while (end > 0 && (title[end] & 0xC0) == 0x80)
        --end;
    title.resize(end);
    return title + "...";
}

bool valid_event_id(std::string_view id) {
    return is_field_name(id.substr(0, 64)) && id.size() <= 128 &&
           (id.size() <= 64 || is_field_name(id.substr(64))) && id.front() != '.' &&
           id.front() != '-';
}

Result<Event> make_event(const EventRequest& request, const std::string& node) {
    if (auto checked = check_request(request); !checked) return fail(checked.error());
    Event event;
    event.id = request.id;
    event.type = request.type;
    event.severity = default_severity(request.type);
    event.data = request.data;
    event.timestamp_s = request.timestamp_s;
    event.node = node;
    event.cluster = request.cluster;
    event.target = request.target;
    event.job = request.job;
    if (!request.data.empty() && is_known_type(request.type)) {
        auto rendered = render(request.type, request.data, request.fields, node);
        if (!rendered) return fail(rendered.error());
        take_rendered(event, std::move(*rendered));
    } else if (!request.data.empty()) {
        if (auto checked = check_object(request.data); !checked) return fail(checked.error());
    }
    for (const auto& [name, value] : request.fields)
        event.fields[name] = value;
    if (request.severity) event.severity = *request.severity;
    if (request.title) event.title = *request.title;
    if (request.body) {
        event.body = *request.body;
        event.html.reset();
    }
    event.title = event_title(std::move(event.title));
    if (event.title.empty()) {
        return bad(is_known_type(event.type)
                       ? "a '" + event.type + "' event needs --data, or a --title"
                       : "an event of type '" + event.type + "' needs a --title");
    }
    event.fields.try_emplace("hostname", node);
    if (event.type == event_type::vzdump && !event.job) {
        const auto job = event.fields.find("job-id");
        if (job != event.fields.end() && !job->second.empty()) event.job = job->second;
    }
    if (!is_short_line(event.job)) return bad("job: not one line of at most 128 bytes");
    return event;
}

std::string to_json(const EventRequest& request) {
    json object = {{"id", request.id}, {"type", request.type}, {"timestamp", request.timestamp_s}};
    if (request.severity) object["severity"] = to_string(*request.severity);
    if (request.title) object["title"] = *request.title;
    if (request.body) object["body"] = *request.body;
    if (!request.data.empty()) object["data"] = request.data;
    if (!request.fields.empty()) object["fields"] = request.fields;
    if (request.target) object["target"] = *request.target;
    if (request.job) object["job"] = *request.job;
    if (request.cluster) object["cluster"] = true;
    if (request.came_back) object["came-back"] = true;
    // What is not UTF-8 becomes U+FFFD: a mail and a JSON push can carry nothing else.
    return compact_text(object);
}

Result<EventRequest> parse_event_request(std::string_view text) {
    const json object = json::parse(text, nullptr, false);
    if (!object.is_object()) return bad("the event is not a JSON object");
    EventRequest request;
    std::optional<std::string> id;
    std::optional<std::string> type;
    std::optional<std::string> severity;
    std::optional<std::string> data;
    if (!take_string(object, "id", id) || !take_string(object, "type", type) ||
        !take_string(object, "severity", severity) || !take_string(object, "data", data) ||
        !take_string(object, "title", request.title) ||
        !take_string(object, "body", request.body) ||
        !take_string(object, "target", request.target) ||
        !take_string(object, "job", request.job)) {
        return bad("a member of the event is not a string");
    }
    if (auto taken = take_fields(object, request.fields); !taken) return fail(taken.error());
    request.id = id.value_or("");
    request.type = type.value_or("");
    request.data = data.value_or("");
    if (severity) {
        request.severity = parse_severity(*severity);
        if (!request.severity) {
            return bad("severity '" + severity->substr(0, 32) +
                       "': use info, notice, warning or error");
        }
    }
    const auto timestamp = object.find("timestamp");
    if (timestamp != object.end()) {
        if (!timestamp->is_number_integer()) return bad("'timestamp' is not a whole number");
        request.timestamp_s = timestamp->get<std::int64_t>();
    }
    for (const auto& [key, value] :
         {std::pair{"cluster", &request.cluster}, {"came-back", &request.came_back}}) {
        const auto found = object.find(key);
        if (found == object.end()) continue;
        if (!found->is_boolean())
            return bad(std::string("'") + key + "' is neither true nor false");
        *value = found->get<bool>();
    }
    return request;
}

}  // namespace pmx::notifier
