#include "tools/pmxctl/table.h"

#include <algorithm>

#include "base/check.h"
#include "tools/pmxctl/human.h"

namespace pmx::pmxctl {
namespace {

// Code points: what the terminal shows, but for wide and combining characters.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char byte) { return (byte & '\xc0') != '\x80'; }));
}

}  // namespace

void Table::add(std::vector<std::string> cells) {
    PMX_CHECK(cells.size() == columns_.size(), "a cell for every column");
    for (std::string& cell : cells)
        cell = printable(cell);
    rows_.push_back(std::move(cells));
}

void Table::print(std::ostream& out) const {
    std::vector<std::size_t> widths;
    std::vector<std::string> headings;
    for (const Column& column : columns_) {
        widths.push_back(width(column.heading));
        headings.push_back(column.heading);
    }
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], width(row[i]));
    }
    const auto print_row = [&](const std::vector<std::string>& row) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string padding(widths[i] - width(row[i]), ' ');
            if (i > 0) line += "  ";
            line += columns_[i].right ? padding + row[i] : row[i] + padding;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out << line << "\n";
    };
    print_row(headings);
    for (const auto& row : rows_)
        print_row(row);
}

}  // namespace pmx::pmxctl
