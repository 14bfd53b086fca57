// Reads a request's arguments, strictly: what is missing, of the wrong kind or unknown is an error.
//
// Like ByteReader it goes on after the first error and gives empty values; check() once, at the
// end, tells what was wrong first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pmx::control {

class Arguments {
  public:
    // Does not own: `object` must outlive the reader.
    explicit Arguments(const nlohmann::json& object);

    std::string text(std::string_view key, std::size_t max_bytes);
    std::optional<std::string> optional_text(std::string_view key, std::size_t max_bytes);
    std::optional<std::uint64_t> optional_number(std::string_view key, std::uint64_t max);
    // False when it is not there.
    bool flag(std::string_view key);
    // Empty, and an error, when it is not there or no object.
    const nlohmann::json& object(std::string_view key);
    // An array of at most `max_items`; empty when it is not there.
    const nlohmann::json& list(std::string_view key, std::size_t max_items);

    void fail(std::string message);
    // Ok when all keys were read and none was wrong.
    [[nodiscard]] Result<void> check() const;

  private:
    const nlohmann::json* find(std::string_view key);

    const nlohmann::json& object_;
    std::set<std::string, std::less<>> read_;
    std::optional<std::string> first_error_;
};

}  // namespace pmx::control
