// One line of users.cfg: fields separated by colons, the first one saying what it is.
#pragma once

#include <string_view>
#include <vector>

namespace pmx::schema {

// Nothing for a blank line and a comment. The field after a colon at the end is not counted.
std::vector<std::string_view> split_colon_line(std::string_view line);

}  // namespace pmx::schema
