// notifications.cfg and priv/notifications.cfg: targets, filters, matchers and what is expected.
//
// Sections of Proxmox VE 8.0 (group, filter), of 8.1 and later (smtp, webhook, matcher), and those
// of our own (expect; quiet-hours and max-per-hour of a target) stand side by side.
//
// Reading is in two steps. parse_notifications() says what the two files say now, with everything
// that is wrong; in_force() puts the last good version in place of what is broken. A caller that
// keeps no state takes in_force(parsed, {}).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "schema/calendar.h"
#include "schema/last_good.h"
#include "schema/match_rules.h"
#include "schema/named_value.h"
#include "schema/problem.h"
#include "schema/section_rules.h"

namespace pmx::schema {

inline constexpr std::string_view mail_to_root =
    "mail-to-root";  // built in, see NotificationConfig
// Built in too, unless the file has a matcher of that name: takes everything, to mail-to-root.
inline constexpr std::string_view default_matcher = "default-matcher";
inline constexpr std::string_view notifications_file = "notifications.cfg";
inline constexpr std::string_view private_notifications_file = "priv/notifications.cfg";

enum class FilterMode : std::uint8_t { all, any };  // `and`, `or`

struct Recipient {
    bool is_user = false;  // `mailto-user`: a user id to be looked up; else an address
    std::string name;
    friend bool operator==(const Recipient&, const Recipient&) = default;
};

struct SendmailTarget {
    std::vector<Recipient> recipients;  // mailto and mailto-user, in the order of the file
    std::optional<std::string> from_address;
    std::optional<std::string> author;
};

struct GotifyTarget {
    std::string server;  // base URL without a slash at its end
    std::string token;   // secret
};

enum class SmtpMode : std::uint8_t { insecure, starttls, tls };

struct SmtpTarget {
    std::vector<Recipient> recipients;  // as SendmailTarget's
    std::string from_address;
    std::optional<std::string> author;
    std::string server;  // host name or address, an IPv6 address in brackets; without a port
    std::optional<std::uint16_t> port;
    SmtpMode mode = SmtpMode::tls;
    std::optional<std::string> username;
    std::optional<std::string> password;  // secret

    [[nodiscard]] std::uint16_t port_to_use() const;  // 25, 587 or 465 where none is given
};

enum class WebhookMethod : std::uint8_t { post, put, get };

// URL, values of headers and body are templates. All values are decoded already.
struct WebhookTarget {
    std::string url;  // http:// or https://; may hold a secret: not to be shown
    WebhookMethod method = WebhookMethod::post;
    std::vector<NamedValue> headers;  // in the order of the file; names are HTTP tokens
    std::string body;
    std::vector<NamedValue> secrets;  // secret values
};

struct TargetGroup {
    std::vector<std::string> endpoints;  // as written: may name what does not exist, or a group
};

// When a target is not to be disturbed. Never the whole week.
struct QuietHours {
    std::vector<CalendarRange> ranges;

    [[nodiscard]] bool covers(LocalTime time) const { return seconds_until_end(time) > 0; }
    [[nodiscard]] std::int64_t seconds_until_end(LocalTime time) const {
        return schema::seconds_until_end(ranges, time);
    }
};

struct Target {
    std::string name;
    int line = 0;  // of the header in notifications.cfg; 0: in force from its last good version
    std::optional<std::string> filter;
    std::string comment;
    bool disable = false;
    // Not of a group: its members have their own.
    std::optional<QuietHours> quiet_hours;
    bool quiet_hours_hold_errors = false;       // false: errors go through
    std::optional<std::uint32_t> max_per_hour;  // at least 1
    std::variant<SendmailTarget, SmtpTarget, GotifyTarget, WebhookTarget, TargetGroup> settings;
};

// The section's type: "sendmail", "smtp", "gotify", "webhook", "group".
std::string_view type_of(const Target& target);

// Null where it is none, or there is no target.
const TargetGroup* as_group(const Target* target);

struct Filter {
    std::string name;
    int line = 0;
    std::optional<MinSeverity> min_severity;
    FilterMode mode = FilterMode::all;
    bool invert_match = false;
    std::string comment;
};

struct Matcher {
    std::string name;
    int line = 0;
    std::vector<FieldRule> fields;
    std::vector<SeverityRule> severities;
    std::vector<CalendarRule> calendar;
    FilterMode mode = FilterMode::all;  // of all rules together, whatever their kind
    bool invert_match = false;
    std::vector<std::string> targets;  // as written; a group too
    std::string comment;
    bool disable = false;
};

// `expect: nightly`: an event that must come at least once `within` such a time.
struct Expectation {
    std::string name;
    int line = 0;
    std::string type;                   // of the event
    std::vector<FieldRule> fields;      // which all must match
    std::int64_t within_s = 0;          // at least a minute
    std::optional<std::string> target;  // of the event that tells of a miss; else as it is routed
    std::string comment;
    bool disable = false;
};

// mail-to-root is there whatever the files say, and a reference to it is right. It is among the
// targets only where the file has a section that modifies it, as Proxmox VE since 8.1 writes it;
// its recipients may then be none, which means root@pam.
struct NotificationConfig {
    std::vector<Target> targets;  // in the order of the file
    std::vector<Filter> filters;
    std::vector<Matcher> matchers;  // without default_matcher, unless the file has it
    std::vector<Expectation> expectations;
    // A section that is not right, and has no good version, is a matcher or may be one: whether
    // an event should have been taken cannot be told.
    bool matchers_may_be_missing = false;

    [[nodiscard]] const Target* find_target(std::string_view name) const;
    [[nodiscard]] const Filter* find_filter(std::string_view name) const;
    [[nodiscard]] const Matcher* find_matcher(std::string_view name) const;
};

struct ParsedNotifications {
    NotificationConfig values;      // of the sections that are right
    std::vector<Problem> problems;  // of both files, dangling references included
    SectionStates states;
    std::set<std::string> broken_matchers;  // of the broken sections those that may be matchers
};

ParsedNotifications parse_notifications(std::string_view text, std::string_view private_text);

// Where a file could not be read at all: nothing counts as removed, `reason` is the problem.
ParsedNotifications unreadable_notifications(std::string reason);

struct NotificationsInForce {
    NotificationConfig values;
    GoodSections good;                     // to keep, and to hand in the next time
    std::vector<std::string> from_before;  // ids in force in their last good version
};

NotificationsInForce in_force(const ParsedNotifications& parsed, const GoodSections& last_good);

// What is wrong as far as one of the two files alone tells.
std::vector<Problem> check_notifications(std::string_view text);
std::vector<Problem> check_private_notifications(std::string_view private_text);

// What the two files may hold: for the check itself, for editing tools and their help.
const std::vector<TypeRule>& notification_types();

}  // namespace pmx::schema
