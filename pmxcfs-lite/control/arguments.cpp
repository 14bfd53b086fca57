#include "control/arguments.h"

#include <nlohmann/json.hpp>

namespace pmx::control {

using nlohmann::json;

Arguments::Arguments(const json& object) : object_(object) {
    if (!object_.is_object()) fail("an object was expected");
}

void Arguments::fail(std::string message) {
    if (!first_error_) first_error_ = std::move(message);
}

const json* Arguments::find(std::string_view key) {
    read_.emplace(key);
    if (!object_.is_object()) return nullptr;
    const auto found = object_.find(key);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> Arguments::optional_text(std::string_view key, std::size_t max_bytes) {
    const json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) {
        fail("'" + std::string(key) + "' must be a string");
        return std::nullopt;
    }
    const auto& text = value->get_ref<const std::string&>();
    if (text.size() > max_bytes) {
        fail("'" + std::string(key) + "' is longer than " + std::to_string(max_bytes) + " bytes");
        return std::nullopt;
    }
    return text;
}

std::string Arguments::text(std::string_view key, std::size_t max_bytes) {
    if (find(key) == nullptr) fail("'" + std::string(key) + "' is missing");
    return optional_text(key, max_bytes).value_or("");
}

std::optional<std::uint64_t> Arguments::optional_number(std::string_view key, std::uint64_t max) {
    const json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() > max) {
        fail("'" + std::string(key) + "' must be a whole number from 0 to " + std::to_string(max));
        return std::nullopt;
    }
    return value->get<std::uint64_t>();
}

bool Arguments::flag(std::string_view key) {
    const json* value = find(key);
    if (value == nullptr) return false;
    if (!value->is_boolean()) fail("'" + std::string(key) + "' must be true or false");
    return *value == true;
}

const json& Arguments::object(std::string_view key) {
    static const json empty = json::object();
    const json* value = find(key);
    if (value != nullptr && value->is_object()) return *value;
    fail("'" + std::string(key) + "' must be an object");
    return empty;
}

const json& Arguments::list(std::string_view key, std::size_t max_items) {
    static const json empty = json::array();
    const json* value = find(key);
    if (value == nullptr) return empty;
    if (!value->is_array() || value->size() > max_items) {
        fail("'" + std::string(key) + "' must be a list of at most " + std::to_string(max_items));
        return empty;
    }
    return *value;
}

Result<void> Arguments::check() const {
    if (first_error_) return pmx::fail(Code::invalid_argument, *first_error_);
    for (const auto& [key, value] : object_.items()) {
        if (!read_.contains(key)) {
            return pmx::fail(Code::invalid_argument, "'" + key + "' is not known here");
        }
    }
    return {};
}

}  // namespace pmx::control
