// Numbers and text as a person reads them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pmx::notifier {

std::string human_size(std::uint64_t bytes);        // "512 B", "1.50 GiB"
std::string human_duration(std::uint64_t seconds);  // "42s", "5m 7s", "1h 2m 3s", "2d 0h 5m 1s"
std::string human_time(std::int64_t timestamp_s);   // "2026-11-22 17:05:09 UTC"; 0: "never"

// What would break a line becomes a space.
std::string one_line(std::string text);

// For element content and quoted attribute values alike; control characters that HTML forbids
// become U+FFFD.
std::string html_escape(std::string_view text);

}  // namespace pmx::notifier
