#include "schema/match_rules.h"

#include <algorithm>

#include "schema/text_lines.h"

namespace pmx::schema {

namespace {

std::vector<std::string> split_at_commas(std::string_view text) {
    std::vector<std::string> items;
    while (true) {
        const std::size_t comma = std::min(text.find(','), text.size());
        items.emplace_back(trim(text.substr(0, comma)));
        if (comma == text.size()) return items;
        text.remove_prefix(comma + 1);
    }
}

}  // namespace

std::optional<MinSeverity> parse_severity_name(std::string_view text) {
    if (text == "info") return MinSeverity::info;
    if (text == "notice") return MinSeverity::notice;
    if (text == "warning") return MinSeverity::warning;
    if (text == "error") return MinSeverity::error;
    return std::nullopt;
}

std::optional<FieldRule> FieldRule::parse(std::string_view text) {
    constexpr std::string_view exact = "exact:";
    constexpr std::string_view regex = "regex:";
    const bool is_regex = text.starts_with(regex);
    if (!is_regex && !text.starts_with(exact)) return std::nullopt;
    const std::string_view statement = text.substr(is_regex ? regex.size() : exact.size());
    const std::size_t equals = statement.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    FieldRule rule;
    rule.field = statement.substr(0, equals);
    rule.text = text;
    const std::string_view value = statement.substr(equals + 1);
    if (is_regex) {
        auto pattern = Pattern::parse(value);
        if (!pattern) return std::nullopt;
        rule.pattern = std::move(*pattern);
    } else {
        rule.values = split_at_commas(value);
    }
    return rule;
}

std::optional<SeverityRule> SeverityRule::parse(std::string_view text) {
    SeverityRule rule;
    rule.text = text;
    for (const std::string& name : split_at_commas(text)) {
        if (const auto severity = parse_severity_name(name)) {
            rule.severities.set(static_cast<std::size_t>(*severity));
        } else if (name == "unknown") {
            rule.unknown = true;
        } else {
            return std::nullopt;
        }
    }
    return rule;
}

std::optional<CalendarRule> CalendarRule::parse(std::string_view text) {
    const auto range = CalendarRange::parse(text);
    if (!range) return std::nullopt;
    return CalendarRule{*range, std::string(text)};
}

}  // namespace pmx::schema
