#include "control/words.h"

namespace pmx::control {

std::string duration_text(std::uint64_t seconds) {
    const auto two = [](std::uint64_t large, const char* large_unit, std::uint64_t small,
                        const char* small_unit) {
        std::string text = std::to_string(large) + large_unit;
        if (small > 0) text += " " + std::to_string(small) + small_unit;
        return text;
    };
    if (seconds < 60) return std::to_string(seconds) + " s";
    if (seconds < 3600) return two(seconds / 60, " min", seconds % 60, " s");
    if (seconds < 86400) return two(seconds / 3600, " h", seconds / 60 % 60, " min");
    return two(seconds / 86400, " d", seconds / 3600 % 24, " h");
}

std::string count_text(std::uint64_t count, std::string_view singular, std::string_view plural) {
    return std::to_string(count) + " " + std::string(count == 1 ? singular : plural);
}

std::string list_text(const std::vector<std::string>& items) {
    std::string text;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) text += i + 1 == items.size() ? " and " : ", ";
        text += items[i];
    }
    return text;
}

}  // namespace pmx::control
