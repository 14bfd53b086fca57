// A regular expression of a configuration file. RE2's syntax, which is that of Proxmox's matchers;
// what takes more than linear time (back-references, look-around) does not parse.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace pmx::schema {

inline constexpr std::size_t max_pattern_bytes = 1 << 10;

// Thread-safe; copies share the compiled pattern.
class Pattern {
  public:
    // Code::invalid_argument: does not parse, too long, or too large when compiled.
    static Result<Pattern> parse(std::string_view text);

    [[nodiscard]] const std::string& text() const;
    // Anywhere in the text, unless the pattern has ^ or $. Linear in the text's size.
    [[nodiscard]] bool is_in(std::string_view text) const;

  private:
    explicit Pattern(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}
    std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace pmx::schema
