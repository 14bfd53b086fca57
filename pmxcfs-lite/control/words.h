// Numbers, times and lists as a person reads them, here and in pmxctl.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pmx::control {

// "5 s", "3 min 20 s", "4 h 5 min", "12 d 3 h".
std::string duration_text(std::uint64_t seconds);
// "1 file", "2 files".
std::string count_text(std::uint64_t count, std::string_view singular, std::string_view plural);
// "a", "a and b", "a, b and c".
std::string list_text(const std::vector<std::string>& items);

}  // namespace pmx::control
