// An event: what happened, on which node, and what there is to say about it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace pmx::notifier {

// Ordered: info < notice < warning < error.
enum class Severity : std::uint8_t { info, notice, warning, error };

std::string_view to_string(Severity severity);
std::optional<Severity> parse_severity(std::string_view text);

// The types with a meaning of their own; any other type is a user's.
namespace event_type {
inline constexpr std::string_view package_updates = "package-updates";
inline constexpr std::string_view fencing = "fencing";
inline constexpr std::string_view replication = "replication";
inline constexpr std::string_view vzdump = "vzdump";
inline constexpr std::string_view system_mail = "system-mail";  // mail to root, forwarded
inline constexpr std::string_view expectation_missed = "expectation-missed";
}  // namespace event_type

struct Event {
    std::string id;    // unique; [A-Za-z0-9._-], at most 128 bytes
    std::string type;  // [a-z0-9-], at most 64 bytes
    Severity severity = Severity::info;
    std::string title;                          // one line
    std::string body;                           // text
    std::optional<std::string> html;            // HTML beside the text
    std::map<std::string, std::string> fields;  // hostname, job-id, ...
    std::string data;                           // JSON text of the structured data, or empty
    std::int64_t timestamp_s = 0;               // seconds since 1970-01-01 UTC
    std::string node;                           // where it happened
    // It concerns the cluster: whatever node it was sent on, and on however many, one delivers it.
    bool cluster = false;

    // What the sender asked for; both optional.
    std::optional<std::string> target;  // --target: overrides the configured one
    std::optional<std::string> job;     // --job: a job id of jobs.cfg
};

}  // namespace pmx::notifier
