#include "schema/colon_lines.h"

#include <algorithm>

#include "schema/text_lines.h"

namespace pmx::schema {

std::vector<std::string_view> split_colon_line(std::string_view line) {
    std::string_view rest = trim(line);
    std::vector<std::string_view> fields;
    if (rest.starts_with('#')) return fields;
    while (!rest.empty()) {
        const std::size_t colon = std::min(rest.find(':'), rest.size());
        fields.push_back(trim(rest.substr(0, colon)));
        rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
    return fields;
}

}  // namespace pmx::schema
