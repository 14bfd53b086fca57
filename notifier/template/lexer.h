// Cuts a template into text and tags, and takes away the white space that belongs to the tags.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pmx::notifier {

struct TemplateToken {
    enum class Kind : std::uint8_t { text, comment, value, raw, open, inverse, otherwise, close };
    Kind kind = Kind::text;
    int line = 0;
    std::string text;  // of a tag: what is within, without the sign of its kind
    bool trim_before = false;
    bool trim_after = false;
};

// Code::invalid_argument, with the line.
Result<std::vector<TemplateToken>> template_tokens(std::string_view text);

}  // namespace pmx::notifier
