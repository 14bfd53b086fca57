// What may be a name or a log line: text that every terminal and every JSON document can show.
#pragma once

#include <string_view>

namespace pmx::tree {

// UTF-8 (shortest form, no surrogates) without control characters (C0, DEL, C1).
bool is_one_line(std::string_view text);

}  // namespace pmx::tree
