#include "tree/limits.h"

#include "tree/text.h"

namespace pmx::tree {

Code check_name(std::string_view name) {
    if (name.size() > max_name_bytes) return Code::name_too_long;
    if (name.empty() || name == "." || name == "..") return Code::invalid_argument;
    if (name.find('/') != std::string_view::npos) return Code::invalid_argument;
    return is_one_line(name) ? Code::ok : Code::invalid_argument;
}

}  // namespace pmx::tree
