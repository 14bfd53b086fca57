#include "tree/text.h"

#include <cstddef>
#include <cstdint>

namespace pmx::tree {

namespace {

struct Sequence {
    std::size_t size = 0;  // 0: no UTF-8
    std::uint32_t first_bits = 0;
    std::uint32_t smallest = 0;  // what is below has a shorter form
};

Sequence sequence_of(std::uint8_t lead) {
    if (lead < 0x80) return {1, lead, 0};
    if ((lead & 0xe0U) == 0xc0) return {2, lead & 0x1fU, 0x80};
    if ((lead & 0xf0U) == 0xe0) return {3, lead & 0x0fU, 0x800};
    if ((lead & 0xf8U) == 0xf0) return {4, lead & 0x07U, 0x10000};
    return {};
}

bool is_printable(std::uint32_t code_point) {
    if (code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0)) return false;
    if (code_point >= 0xd800 && code_point < 0xe000) return false;
    return code_point <= 0x10ffff;
}

}  // namespace

bool is_one_line(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const Sequence sequence = sequence_of(static_cast<std::uint8_t>(text[at]));
        if (sequence.size == 0 || sequence.size > text.size() - at) return false;
        std::uint32_t code_point = sequence.first_bits;
        for (std::size_t i = 1; i < sequence.size; ++i) {
            const auto byte = static_cast<std::uint8_t>(text[at + i]);
            if ((byte & 0xc0U) != 0x80) return false;
            code_point = code_point << 6 | (byte & 0x3fU);
        }
        if (code_point < sequence.smallest || !is_printable(code_point)) return false;
        at += sequence.size;
    }
    return true;
}

}  // namespace pmx::tree
