// Text from a damaged file or a foreign library, made fit for a terminal, the journal and JSON.
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

}  // namespace pmx
