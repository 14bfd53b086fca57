// Rows for a terminal: columns as wide as what is in them, nothing that could steer the terminal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pmx::notifier {

std::string table(const std::vector<std::string>& head,
                  const std::vector<std::vector<std::string>>& rows);

// "2026-11-22 18:04:05" in local time; "-" for 0.
std::string local_time(std::int64_t time_s);

}  // namespace pmx::notifier
