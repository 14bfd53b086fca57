// The encodings of RFC 2045 and RFC 2047.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pmx::notifier {

// What a mail can carry: UTF-8 (bad bytes become U+FFFD), LF line ends, and of the control
// characters only tab and LF (others become U+FFFD).
std::string clean_text(std::string_view text);
// The same on one line: every control character becomes a space.
std::string clean_line(std::string_view text);

// In lines of 76 characters, each ended with LF.
std::string base64_lines(std::string_view bytes);

// Of clean_text(): lines of at most 76 characters, none of which is "." or starts with "From ".
std::string quoted_printable(std::string_view text);

// "=?UTF-8?B?...?=" words of at most 75 characters that never split a character, joined by
// "\n ". `used` is how much of the first line is taken already.
std::string encoded_words(std::string_view text, std::size_t used);

}  // namespace pmx::notifier
