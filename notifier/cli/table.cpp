#include "notifier/cli/table.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "notifier/mail/encode.h"

namespace pmx::notifier {
namespace {

std::size_t characters(const std::string& utf8) {
    return static_cast<std::size_t>(
        std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string table(const std::vector<std::string>& head,
                  const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::vector<std::string>> cells = {head};
    for (const auto& row : rows) {
        std::vector<std::string> clean;
        clean.reserve(row.size());
        for (const std::string& cell : row)
            clean.push_back(cell.empty() ? "-" : clean_line(cell));
        cells.push_back(std::move(clean));
    }
    std::vector<std::size_t> widths(head.size(), 0);
    for (const auto& row : cells) {
        for (std::size_t column = 0; column < row.size(); ++column)
            widths[column] = std::max(widths[column], characters(row[column]));
    }
    std::string out;
    for (const auto& row : cells) {
        std::string line;
        for (std::size_t column = 0; column < row.size(); ++column) {
            line += row[column];
            line.append(widths[column] - characters(row[column]) + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

std::string local_time(std::int64_t time_s) {
    if (time_s == 0) return "-";
    const std::time_t time = time_s;
    std::tm parts{};
    std::array<char, 64> text{};
    if (::localtime_r(&time, &parts) == nullptr) return std::to_string(time_s);
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
    return text.data();
}

}  // namespace pmx::notifier
