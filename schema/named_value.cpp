#include "schema/named_value.h"

#include <algorithm>

#include "base/base64.h"
#include "schema/text_lines.h"

namespace pmx::schema {

std::optional<WrittenNamedValue> parse_named_value(std::string_view text) {
    std::optional<std::string> name;
    std::optional<std::string> value;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view item = trim(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
        const std::size_t equals = std::min(item.find('='), item.size());
        const std::string_view key = item.substr(0, equals);
        const std::string_view content = item.substr(std::min(equals + 1, item.size()));
        if (key == "name" && !name && !content.empty()) {
            name = std::string(content);
        } else if (key == "value" && !value) {
            value = decode_base64(content);
            if (!value) return std::nullopt;
        } else {
            return std::nullopt;
        }
    }
    if (!name) return std::nullopt;
    return WrittenNamedValue{std::move(*name), std::move(value)};
}

std::string to_string(const NamedValue& named) {
    return "name=" + named.name + ",value=" + encode_base64(named.value);
}

}  // namespace pmx::schema
