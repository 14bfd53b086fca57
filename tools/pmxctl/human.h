// Values as a person reads them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pmx::pmxctl {

// "2026-11-22 17:58:01" in the local time zone.
std::string local_time(std::int64_t ns);
// "512 B", "1.5 KiB", "512 MiB".
std::string bytes_text(std::uint64_t bytes);
// "5 s", "3 min 20 s", "4 h 5 min", "12 d 3 h".
std::string duration_text(std::uint64_t seconds);
// The user's name, or the number where there is none.
std::string user_name(std::uint32_t uid);
// Control characters, which a terminal would obey, replaced by '?'.
std::string printable(std::string_view text);
// "1 file", "2 files".
std::string count_text(std::uint64_t count, std::string_view singular, std::string_view plural);

}  // namespace pmx::pmxctl
