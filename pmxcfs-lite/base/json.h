// JSON from somebody else and for somebody else: nothing here throws, whatever bytes it holds.
#pragma once

#include <concepts>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace pmx {

// On one line. Bytes that are no UTF-8 become U+FFFD.
std::string compact_text(const nlohmann::json& value);
// The members in the order they were given; a template so that it takes part in no conversion.
template <std::same_as<nlohmann::ordered_json> Json>
std::string compact_text(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Members of an object; nothing where there is none, or one of another type.
std::optional<std::string> text_member(const nlohmann::json& object, const char* key);
std::optional<std::int64_t> number_member(const nlohmann::json& object, const char* key);

}  // namespace pmx
