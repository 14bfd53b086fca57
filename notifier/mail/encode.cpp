#include "notifier/mail/encode.h"

#include <algorithm>

#include "base/base64.h"

namespace pmx::notifier {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::size_t line_width = 76;

// Bytes of the well-formed UTF-8 character that `text` starts with (RFC 3629), 0 where none is.
std::size_t character_size(std::string_view text) {
    const auto byte = [&](std::size_t at) {
        return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    };
    const auto continues = [&](std::size_t at) { return (byte(at) & 0xC0U) == 0x80U; };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        if (first == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
        if (first == 0xED && byte(1) > 0x9F) return 0;  // surrogate
        return continues(1) && continues(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        if (first == 0xF0 && byte(1) < 0x90) return 0;  // overlong
        if (first == 0xF4 && byte(1) > 0x8F) return 0;  // above U+10FFFF
        return continues(1) && continues(2) && continues(3) ? 4 : 0;
    }
    return 0;
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_text(char c) {
    return !is_control(c) || c == '\n' || c == '\t';
}

std::string hex_escape(char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    return {'=', digits[byte >> 4U], digits[byte & 15U]};
}

// A line of quoted-printable without its end, broken softly where it gets too long.
std::string quoted_printable_line(std::string_view line) {
    std::string out;
    std::size_t column = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char c = line[at];
        const bool last = at + 1 == line.size();
        // "." alone would end the message, "From " gets mangled in mbox files, a blank at the end
        // of a line gets lost.
        const bool risky =
            (column == 0 && (c == '.' || c == 'F')) || (last && (c == ' ' || c == '\t'));
        const bool literal = !risky && c != '=' && (c == '\t' || (c >= ' ' && c <= '~'));
        const std::string piece = literal ? std::string(1, c) : hex_escape(c);
        if (column + piece.size() > line_width - 1) {
            out += "=\n";
            column = 0;
            --at;  // again, now at the start of a line
            continue;
        }
        out += piece;
        column += piece.size();
    }
    return out;
}

}  // namespace

std::string clean_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        if (text.front() == '\r') {
            if (!text.substr(1).starts_with('\n')) out += '\n';
        } else if (size == 0 || !is_text(text.front())) {
            out += replacement;
        } else {
            out += text.substr(0, size);
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return out;
}

std::string clean_line(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        if (size == 0) {
            out += replacement;
        } else if (size == 1 && is_control(text.front())) {
            out += ' ';
        } else {
            out += text.substr(0, size);
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return out;
}

std::string base64_lines(std::string_view bytes) {
    const std::string whole = encode_base64(bytes);
    std::string out;
    for (std::size_t at = 0; at < whole.size(); at += line_width) {
        out.append(whole, at, line_width);
        out += '\n';
    }
    return out;
}

std::string quoted_printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        out += quoted_printable_line(text.substr(0, end)) + "\n";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

std::string encoded_words(std::string_view text, std::size_t used) {
    constexpr std::string_view open = "=?UTF-8?B?";
    constexpr std::string_view close = "?=";
    std::string out;
    std::string word;
    const auto room = [&] {
        const std::size_t overhead = open.size() + close.size();
        const std::size_t limit =
            std::min<std::size_t>(75, line_width - std::min<std::size_t>(used, 50));
        return (limit - overhead) / 4 * 3;
    };
    const auto flush = [&] {
        if (!out.empty()) out += "\n ";
        out += open;
        out += encode_base64(word);
        out += close;
        word.clear();
        used = 1;
    };
    while (!text.empty()) {
        const std::size_t size = std::max<std::size_t>(character_size(text), 1);
        if (word.size() + size > room()) flush();
        word += text.substr(0, size);
        text.remove_prefix(size);
    }
    if (!word.empty()) flush();
    return out;
}

}  // namespace pmx::notifier
