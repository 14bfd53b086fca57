// Text from a damaged file, a foreign library or another user, made fit for a terminal, the journal
// and JSON.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace pmx {

// Bytes that are not printable ASCII become '?'.
inline std::string printable(std::string_view text) {
    std::string fit(text);
    std::replace_if(
        fit.begin(), fit.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
    return fit;
}

// UTF-8 stays, but for what a terminal obeys or hides: C0 controls and DEL, and bytes that are no
// UTF-8, become '?'; C1 controls (U+0080 to U+009F), the marks that turn the direction of writing,
// and separators of lines become \u and four hexadecimal digits, which in JSON means the same.
// '\n' is kept where it is to be.
enum class Newlines : bool { replaced, kept };
std::string visible(std::string_view text, Newlines newlines = Newlines::replaced);

}  // namespace pmx
