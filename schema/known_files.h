// Which files of the mount have a format known here, and what is wrong with them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "schema/problem.h"

namespace pmx::schema {

// `path` is relative to the mount: "notifications.cfg", "priv/notifications.cfg", ...
bool is_known_file(std::string_view path);

// All that can be told from the one file; nothing for a file that is not known.
std::vector<Problem> check_file(std::string_view path, std::string_view text);

// The same for several files by path, and what only shows when they are seen together (a Gotify
// target without its token). Grouped by file, in the order of the lines.
std::vector<Problem> check_files(const std::map<std::string, std::string>& texts_by_path);

}  // namespace pmx::schema
