#include "base/printable.h"

#include <cstddef>
#include <cstdint>

namespace pmx {
namespace {

struct CodePoint {
    std::uint32_t value = 0;
    std::size_t bytes = 0;  // 0: this is no UTF-8
};

CodePoint first_code_point(std::string_view text) {
    const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {};
    std::uint32_t value = lead & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0U) != 0x80U) return {};
        value = value << 6U | (byte(i) & 0x3fU);
    }
    const bool too_long = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    const bool surrogate = value >= 0xd800 && value <= 0xdfff;
    if (too_long || surrogate || value > 0x10ffff) return {};
    return {value, length};
}

bool misleads(std::uint32_t value) {
    const auto within = [value](std::uint32_t first, std::uint32_t last) {
        return value >= first && value <= last;
    };
    return within(0x80, 0x9f) || value == 0x61c || value == 0x200e || value == 0x200f ||
           within(0x2028, 0x202e) || within(0x2066, 0x2069);
}

std::string escaped(std::uint32_t value) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "\\u";
    for (int shift = 12; shift >= 0; shift -= 4)
        text += digits[value >> static_cast<unsigned>(shift) & 0xfU];
    return text;
}

}  // namespace

std::string visible(std::string_view text, Newlines newlines) {
    std::string fit;
    fit.reserve(text.size());
    while (!text.empty()) {
        const auto [value, bytes] = first_code_point(text);
        const bool control = value < 0x20 || value == 0x7f;
        const bool kept = value == '\n' && newlines == Newlines::kept;
        if (bytes == 0 || (control && !kept)) {
            fit += '?';
        } else if (misleads(value)) {
            fit += escaped(value);
        } else {
            fit += text.substr(0, bytes);
        }
        text.remove_prefix(std::max<std::size_t>(bytes, 1));
    }
    return fit;
}

}  // namespace pmx
