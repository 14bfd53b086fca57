// The rules of a matcher, each one value of notifications.cfg.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/calendar.h"
#include "schema/pattern.h"

namespace pmx::schema {

// Ordered, and in the order of the notifier's own severities.
enum class MinSeverity : std::uint8_t { info, notice, warning, error };

std::optional<MinSeverity> parse_severity_name(std::string_view text);

// `exact:type=vzdump,replication` or `regex:hostname=^pve`.
struct FieldRule {
    std::string field;
    std::vector<std::string> values;  // exact: one of these
    std::optional<Pattern> pattern;   // regex
    std::string text;                 // as written

    static std::optional<FieldRule> parse(std::string_view text);
};

// `info,notice`, `unknown`.
struct SeverityRule {
    std::bitset<4> severities;  // by MinSeverity
    bool unknown = false;       // mail that the system forwards: Proxmox gives it none of the four
    std::string text;

    static std::optional<SeverityRule> parse(std::string_view text);
};

struct CalendarRule {
    CalendarRange range;
    std::string text;

    static std::optional<CalendarRule> parse(std::string_view text);
};

}  // namespace pmx::schema
