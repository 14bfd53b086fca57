// `name=NAME,value=BASE64`: a header or a secret of a webhook.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pmx::schema {

struct NamedValue {
    std::string name;
    std::string value;
    friend bool operator==(const NamedValue&, const NamedValue&) = default;
};

struct WrittenNamedValue {
    std::string name;                  // not empty
    std::optional<std::string> value;  // decoded; nothing: not given
};

// The two in any order, each at most once.
std::optional<WrittenNamedValue> parse_named_value(std::string_view text);
std::string to_string(const NamedValue& named);

}  // namespace pmx::schema
