#include "schema/text_lines.h"

#include <algorithm>

#include "base/check.h"

namespace pmx::schema {

namespace {

std::string_view line_end(std::string_view line) {
    if (line.ends_with("\r\n")) return "\r\n";
    if (line.ends_with('\n')) return "\n";
    return "";
}

using Offset = std::vector<std::string>::difference_type;

}  // namespace

TextLines::TextLines(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
        lines_.emplace_back(text.substr(0, size));
        text.remove_prefix(size);
    }
}

std::string_view TextLines::line(std::size_t index) const {
    PMX_CHECK(index < lines_.size(), "no such line");
    const std::string_view line = lines_[index];
    return line.substr(0, line.size() - line_end(line).size());
}

std::string TextLines::text(std::size_t first, std::size_t last) const {
    PMX_CHECK(first <= last && last <= lines_.size(), "no such lines");
    std::string text;
    for (std::size_t i = first; i < last; ++i)
        text += lines_[i];
    return text;
}

void TextLines::insert(std::size_t index, std::string_view content) {
    PMX_CHECK(index <= lines_.size(), "no such line");
    std::string_view end = lines_.empty() ? "" : line_end(lines_[index == 0 ? 0 : index - 1]);
    if (end.empty()) end = lines_.empty() ? "" : line_end(lines_.front());
    if (end.empty()) end = "\n";
    const std::string new_line = std::string(content) + std::string(end);
    if (index > 0 && line_end(lines_[index - 1]).empty()) lines_[index - 1] += end;
    lines_.insert(lines_.begin() + static_cast<Offset>(index), new_line);
}

void TextLines::replace(std::size_t index, std::string_view content) {
    PMX_CHECK(index < lines_.size(), "no such line");
    lines_[index] = std::string(content) + std::string(line_end(lines_[index]));
}

void TextLines::erase(std::size_t first, std::size_t last) {
    PMX_CHECK(first <= last && last <= lines_.size(), "no such lines");
    lines_.erase(lines_.begin() + static_cast<Offset>(first),
                 lines_.begin() + static_cast<Offset>(last));
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::vector<std::string> split_list(std::string_view text) {
    constexpr std::string_view separators = ",; \t";
    std::vector<std::string> items;
    while (true) {
        const std::size_t first = text.find_first_not_of(separators);
        if (first == std::string_view::npos) return items;
        const std::size_t end = std::min(text.find_first_of(separators, first), text.size());
        items.emplace_back(text.substr(first, end - first));
        text.remove_prefix(end);
    }
}

}  // namespace pmx::schema
