#include "schema/calendar.h"

#include <algorithm>
#include <array>
#include <string>

#include "schema/text_lines.h"
#include "schema/values.h"

namespace pmx::schema {

namespace {

constexpr int days_of_week = 7;
constexpr int seconds_of_day = 24 * 3600;

std::optional<int> parse_weekday(std::string_view text) {
    constexpr std::array<std::string_view, days_of_week> names = {
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    std::string word(text);
    for (char& c : word) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    for (std::size_t day = 0; day < names.size(); ++day) {
        const std::string_view name = names.at(day);
        if (word == name || word == name.substr(0, 3)) return static_cast<int>(day);
    }
    return std::nullopt;
}

std::uint8_t bit_of(int weekday) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(weekday));
}

// `mon`, `mon..fri`, `sat-mon`.
std::optional<std::uint8_t> parse_days_item(std::string_view text) {
    std::size_t mark = text.find("..");
    std::size_t mark_size = 2;
    if (mark == std::string_view::npos) {
        mark = text.find('-');
        mark_size = 1;
    }
    const auto first = parse_weekday(trim(text.substr(0, mark)));
    const auto last =
        mark == std::string_view::npos ? first : parse_weekday(trim(text.substr(mark + mark_size)));
    if (!first || !last) return std::nullopt;
    std::uint8_t days = bit_of(*first);
    for (int day = *first; day != *last;) {
        day = (day + 1) % days_of_week;
        days |= bit_of(day);
    }
    return days;
}

std::optional<std::uint8_t> parse_days(std::string_view text) {
    constexpr std::uint8_t every_day = 0x7f;
    if (text.empty()) return every_day;
    std::uint8_t days = 0;
    while (true) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const auto item = parse_days_item(text.substr(0, comma));
        if (!item) return std::nullopt;
        days |= *item;
        if (comma == text.size()) return days;
        text.remove_prefix(comma + 1);
    }
}

// `8`, `8:00`, `22:30:15`, in seconds; 24:00 is the end of the day.
std::optional<int> parse_time(std::string_view text) {
    int seconds = 0;
    int unit_s = 3600;
    while (unit_s > 0) {
        const std::size_t colon = std::min(text.find(':'), text.size());
        const std::string_view digits = text.substr(0, colon);
        const auto number = parse_number(digits, unit_s == 3600 ? 24 : 59);
        if (!number || digits.size() > 2) return std::nullopt;
        seconds += static_cast<int>(*number) * unit_s;
        if (colon == text.size()) break;
        text.remove_prefix(colon + 1);
        unit_s /= 60;
    }
    if (unit_s == 0 || seconds > seconds_of_day) return std::nullopt;
    return seconds;
}

}  // namespace

std::optional<CalendarRange> CalendarRange::parse(std::string_view text) {
    text = trim(text);
    // The times are from the first digit on: no day has one.
    const std::size_t times = std::min(text.find_first_of("0123456789"), text.size());
    const std::string_view days_text = text.substr(0, times);
    text.remove_prefix(times);
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto days = parse_days(trim(days_text));
    const auto start = parse_time(trim(text.substr(0, dash)));
    const auto end = parse_time(trim(text.substr(dash + 1)));
    if (!days || !start || !end || *start == seconds_of_day) return std::nullopt;
    CalendarRange range;
    range.weekdays_ = *days;
    range.start_s_ = *start;
    range.length_s_ = *end >= *start ? *end - *start : *end + seconds_of_day - *start;
    return range;
}

std::int64_t CalendarRange::seconds_until_end(LocalTime time) const {
    const int yesterday = (time.weekday + days_of_week - 1) % days_of_week;
    std::int64_t longest = 0;
    for (const auto& [weekday, days_ago] : {std::pair{time.weekday, 0}, std::pair{yesterday, 1}}) {
        if ((weekdays_ & bit_of(weekday)) == 0) continue;
        const int into = time.second_of_day + days_ago * seconds_of_day - start_s_;
        if (into >= 0 && into < length_s_)
            longest = std::max<std::int64_t>(longest, length_s_ - into);
    }
    return longest;
}

std::int64_t seconds_until_end(const std::vector<CalendarRange>& ranges, LocalTime time) {
    std::int64_t total = 0;
    while (total < seconds_of_week) {
        std::int64_t longest = 0;
        for (const CalendarRange& range : ranges)
            longest = std::max(longest, range.seconds_until_end(time));
        if (longest == 0) return total;
        total += longest;
        const std::int64_t second = time.second_of_day + longest;
        time.weekday = static_cast<int>((time.weekday + second / seconds_of_day) % days_of_week);
        time.second_of_day = static_cast<int>(second % seconds_of_day);
    }
    return seconds_of_week;
}

}  // namespace pmx::schema
