#include "notifier/render/document.h"

#include <algorithm>

#include "notifier/render/human.h"

namespace pmx::notifier {
namespace {

constexpr auto cell_style = "border:1px solid #ccc;padding:2px 8px;text-align:left";

// One column wider than this would make the others unreadable.
constexpr std::size_t max_pad = 60;

std::size_t characters(const std::string& utf8) {
    return static_cast<std::size_t>(
        std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

void pad(std::string& line, const std::string& value, std::size_t width) {
    line += value;
    const std::size_t shown = characters(value);
    if (shown < width) line.append(width - shown, ' ');
}

std::string trimmed(std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

std::string text_row(const std::vector<std::string>& cells,
                     const std::vector<std::size_t>& widths) {
    std::string line;
    for (std::size_t column = 0; column < cells.size(); ++column) {
        if (column > 0) line += "  ";
        pad(line, one_line(cells[column]), widths[column]);
    }
    return trimmed(std::move(line)) + "\n";
}

std::string html_row(const std::vector<std::string>& cells, const char* tag) {
    std::string row = "<tr>";
    for (const std::string& cell : cells) {
        row += std::string("<") + tag + " style=\"" + cell_style + "\">" + html_escape(cell) +
               "</" + tag + ">";
    }
    return row + "</tr>\n";
}

}  // namespace

Document::Document(const std::string& title)
    : head_("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>" + html_escape(title) +
            "</title></head>\n<body style=\"font-family:sans-serif\">\n") {}

void Document::text_gap() {
    if (!text_.empty()) text_ += '\n';
}

void Document::paragraph(const std::string& text) {
    text_gap();
    text_ += text + "\n";
    html_ += "<p style=\"white-space:pre-wrap\">" + html_escape(text) + "</p>\n";
}

void Document::add_heading(const std::string& text, char line, const char* tag) {
    text_gap();
    text_ += text + "\n" + std::string(characters(text), line) + "\n";
    html_ += std::string("<") + tag + ">" + html_escape(text) + "</" + tag + ">\n";
}

void Document::heading(const std::string& text) {
    add_heading(text, '=', "h3");
}

void Document::subheading(const std::string& text) {
    add_heading(text, '-', "h4");
}

void Document::properties(const std::vector<std::pair<std::string, std::string>>& rows) {
    std::size_t width = 0;
    for (const auto& [name, value] : rows) {
        if (!value.empty()) width = std::max(width, characters(name) + 1);
    }
    if (width == 0) return;
    text_gap();
    html_ += "<table style=\"border-collapse:collapse;margin-bottom:1em\">\n";
    for (const auto& [name, value] : rows) {
        if (value.empty()) continue;
        text_ += text_row({name + ":", value}, {width, 0});
        html_ += html_row({name, value}, "td");
    }
    html_ += "</table>\n";
}

void Document::table(const std::vector<std::string>& head,
                     const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < head.size(); ++column) {
        std::size_t width = characters(head[column]);
        for (const auto& row : rows) {
            width = std::max(width, std::min(max_pad, characters(row[column])));
        }
        widths.push_back(width);
    }
    text_gap();
    text_ += text_row(head, widths);
    html_ +=
        "<table style=\"border-collapse:collapse;margin-bottom:1em\">\n" + html_row(head, "th");
    for (const auto& row : rows) {
        text_ += text_row(row, widths);
        html_ += html_row(row, "td");
    }
    html_ += "</table>\n";
}

void Document::preformatted(const std::string& text) {
    text_gap();
    text_ += text;
    if (!text.ends_with('\n')) text_ += '\n';
    html_ += "<pre>" + html_escape(text) + "</pre>\n";
}

}  // namespace pmx::notifier
