// Ranges of the week's clock, as Proxmox writes them: `mon..fri 8-12`, `8:00-15:30`,
// `fri 22:00-06:00`.
//
// All is in local time, which the caller makes where it may ask for the time zone. On a day on
// which the clock is put forward or back, an end is off by that hour: who waits for one asks again
// then.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace pmx::schema {

struct LocalTime {
    int weekday = 0;        // 0 is Monday
    int second_of_day = 0;  // 0 to 86399; a leap second counts as the one before
    friend bool operator==(const LocalTime&, const LocalTime&) = default;
};

// [DAYS] START-END: days as `mon`, `mon..fri`, `sat,sun` (or `mon-fri`), every day without them;
// times as `8`, `8:00`, `22:30:15`, the end also 24:00. The start is inside, the end is not. An end
// before its start is on the next day: the range belongs to the day on which it starts. Proxmox
// has no such ranges; what it has means the same here.
class CalendarRange {
  public:
    static std::optional<CalendarRange> parse(std::string_view text);

    [[nodiscard]] bool covers(LocalTime time) const { return seconds_until_end(time) > 0; }
    // 0 where it does not cover the time.
    [[nodiscard]] std::int64_t seconds_until_end(LocalTime time) const;

    friend bool operator==(const CalendarRange&, const CalendarRange&) = default;

  private:
    std::uint8_t weekdays_ = 0;  // bit 0 is Monday: the days on which it starts
    int start_s_ = 0;            // of the day
    int length_s_ = 0;           // 0 to a whole day
};

inline constexpr std::int64_t seconds_of_week = std::int64_t{7} * 24 * 3600;

// Until none of the ranges covers any more, ranges that follow one another counting as one: 0 where
// none covers the time, seconds_of_week where they cover the whole week.
std::int64_t seconds_until_end(const std::vector<CalendarRange>& ranges, LocalTime time);

}  // namespace pmx::schema
