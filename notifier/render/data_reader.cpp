#include "notifier/render/data_reader.h"

#include <charconv>

namespace pmx::notifier {
namespace {

using nlohmann::json;

constexpr std::uint64_t max_number = std::uint64_t{1} << 53;  // what a JSON double holds exactly
constexpr std::size_t max_rows = 20'000;

const json null_value;
const json empty_table = json::array();

std::optional<std::uint64_t> digits(const std::string& text) {
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc() || stopped != end) return std::nullopt;
    return value;
}

}  // namespace

DataReader::DataReader(const json& object, std::string where,
                       const std::map<std::string, std::string>* overrides)
    : object_(object), where_(std::move(where)), overrides_(overrides) {
    if (!object_.is_object()) fail("is not an object");
}

const json& DataReader::member(const char* key) const {
    if (!object_.is_object()) return null_value;
    const auto found = object_.find(key);
    return found == object_.end() ? null_value : *found;
}

const std::string* DataReader::override_of(const char* key) const {
    if (overrides_ == nullptr) return nullptr;
    const auto found = overrides_->find(key);
    return found == overrides_->end() ? nullptr : &found->second;
}

std::string DataReader::text(const char* key, std::string otherwise) {
    if (const std::string* text = override_of(key)) return *text;
    const json& value = member(key);
    if (value.is_null()) return otherwise;
    if (value.is_string()) return value.get<std::string>();
    if (value.is_number()) return value.dump();
    fail(std::string("member '") + key + "' is not a string");
    return {};
}

std::string DataReader::required_text(const char* key) {
    std::string value = text(key);
    if (value.empty()) fail(std::string("member '") + key + "' is missing or empty");
    return value;
}

std::optional<std::uint64_t> DataReader::number(const char* key) {
    std::optional<std::uint64_t> result;
    const std::string* text = override_of(key);
    const json& value = member(key);
    if (text != nullptr) {
        result = digits(*text);
    } else if (value.is_null()) {
        return std::nullopt;
    } else if (value.is_string()) {
        result = digits(value.get_ref<const std::string&>());
    } else if (value.is_number_unsigned()) {
        result = value.get<std::uint64_t>();
    }
    if (result && *result <= max_number) return result;
    fail(std::string("member '") + key + "' is not a whole number from 0 to 2^53");
    return std::nullopt;
}

const json& DataReader::required_table(const char* key) {
    const json& value = member(key);
    if (!value.is_array()) {
        fail(std::string("member '") + key + "' is not an array of objects");
        return empty_table;
    }
    if (value.size() > max_rows) {
        fail(std::string("member '") + key + "' has more than 20000 rows");
        return empty_table;
    }
    return value;
}

void DataReader::fail(const std::string& what) {
    if (error_.empty()) error_ = where_ + ": " + what;
}

}  // namespace pmx::notifier
