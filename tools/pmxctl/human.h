// Values as a person reads them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "control/words.h"

namespace pmx::pmxctl {

// "2026-11-22 17:58:01" in the local time zone.
std::string local_time(std::int64_t ns);
// "512 B", "1.5 KiB", "512 MiB".
std::string bytes_text(std::uint64_t bytes);
// The user's name, or the number where there is none.
std::string user_name(std::uint32_t uid);
// What a terminal would obey or hide is shown instead (base/printable.h).
std::string printable(std::string_view text);
// Broken into lines at spaces; `indent` spaces before all but the first.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width = 80);

using control::count_text;
using control::duration_text;
using control::list_text;

}  // namespace pmx::pmxctl
