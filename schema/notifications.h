// notifications.cfg and priv/notifications.cfg: targets and filters.
//
// Reading is in two steps. parse_notifications() says what the two files say now, with everything
// that is wrong; in_force() puts the last good version in place of what is broken. A caller that
// keeps no state takes in_force(parsed, {}).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "schema/last_good.h"
#include "schema/problem.h"
#include "schema/section_rules.h"

namespace pmx::schema {

inline constexpr std::string_view mail_to_root =
    "mail-to-root";  // built in, see NotificationConfig
inline constexpr std::string_view notifications_file = "notifications.cfg";
inline constexpr std::string_view private_notifications_file = "priv/notifications.cfg";

// Ordered, and in the order of the notifier's own severities.
enum class MinSeverity : std::uint8_t { info, notice, warning, error };
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

struct TargetGroup {
    std::vector<std::string> endpoints;  // as written: may name what does not exist, or a group
};

struct Target {
    std::string name;
    int line = 0;  // of the header in notifications.cfg; 0: in force from its last good version
    std::optional<std::string> filter;
    std::string comment;
    bool disable = false;
    std::variant<SendmailTarget, GotifyTarget, TargetGroup> settings;
};

struct Filter {
    std::string name;
    int line = 0;
    std::optional<MinSeverity> min_severity;
    FilterMode mode = FilterMode::all;
    bool invert_match = false;
    std::string comment;
};

// Does not hold mail-to-root, which is there whatever the files say; a reference to it is right.
struct NotificationConfig {
    std::vector<Target> targets;  // in the order of the file
    std::vector<Filter> filters;

    [[nodiscard]] const Target* find_target(std::string_view name) const;
    [[nodiscard]] const Filter* find_filter(std::string_view name) const;
};

struct ParsedNotifications {
    NotificationConfig values;      // of the sections that are right
    std::vector<Problem> problems;  // of both files, dangling references included
    SectionStates states;
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
