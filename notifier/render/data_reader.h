// Reads the members of an event's structured data, and keeps the first thing wrong with them.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace pmx::notifier {

class DataReader {
  public:
    // `where` names the object in messages: "data", "guest-table[3]". Does not own.
    DataReader(const nlohmann::json& object, std::string where,
               const std::map<std::string, std::string>* overrides = nullptr);

    // A string (a number is taken as its text); `otherwise` where it is missing or null.
    std::string text(const char* key, std::string otherwise = {});
    std::string required_text(const char* key);
    // A whole number from 0 to 2^53, also as a string of digits; nothing where missing or null.
    std::optional<std::uint64_t> number(const char* key);
    // The array of objects; empty, and an error, where it is none.
    const nlohmann::json& required_table(const char* key);

    void fail(const std::string& what);
    [[nodiscard]] const std::string& error() const { return error_; }  // empty: none

  private:
    // Null where missing.
    const nlohmann::json& member(const char* key) const;
    const std::string* override_of(const char* key) const;

    const nlohmann::json& object_;
    std::string where_;
    const std::map<std::string, std::string>* overrides_;
    std::string error_;
};

}  // namespace pmx::notifier
