// What a sender says of an event, and the event that comes of it.
//
// The daemon makes every event with make_event(); the command line calls it too before it spools,
// so that bad data is told to the sender and not to a log.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "notifier/model/event.h"

namespace pmx::notifier {

struct EventRequest {
    std::string id;
    std::string type;
    std::optional<Severity> severity;  // else the type's own
    std::optional<std::string> title;  // these two win over what is rendered from data
    std::optional<std::string> body;
    std::string data;                           // JSON text as DATA.md describes it, or empty
    std::map<std::string, std::string> fields;  // win over members of data of the same name
    std::optional<std::string> target;
    std::optional<std::string> job;
    std::int64_t timestamp_s = 0;
    bool cluster = false;  // see Event::cluster
    // A mail of ours that leads to us again: it is told in any way but by mail.
    bool came_back = false;
};

// Bounds on what one event may be.
constexpr std::size_t max_title_bytes = 1024;
constexpr std::size_t max_name_bytes = 128;  // of a target or a job
constexpr std::size_t max_body_bytes = 1U << 20;
constexpr std::size_t max_html_bytes = 3U << 20;
constexpr std::size_t max_data_bytes = 8U << 20;
constexpr std::size_t max_fields = 64;
constexpr std::size_t max_field_bytes = 16U << 10;

// On one line, without blanks around it, and cut at a character where it is too long.
std::string event_title(std::string text);

bool valid_event_id(std::string_view id);  // [A-Za-z0-9._-], 1 to 128, no leading dot or dash

// Code::invalid_argument with what is wrong, for the sender to read.
Result<Event> make_event(const EventRequest& request, const std::string& node);

// The request as JSON, as it goes over the socket and into the spool.
std::string to_json(const EventRequest& request);
Result<EventRequest> parse_event_request(std::string_view json);

}  // namespace pmx::notifier
