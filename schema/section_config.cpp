#include "schema/section_config.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/sha256.h"

namespace pmx::schema {

namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// A type or a key. What is none of these is never shown in a problem: it may be a secret in the
// wrong place.
bool is_word(std::string_view text) {
    return !text.empty() && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
           });
}

bool is_id_text(std::string_view text) {
    return !text.empty() && !has_control_characters(text) &&
           text.find(' ') == std::string_view::npos;
}

bool has_forbidden_bytes(std::string_view line) {
    return std::any_of(line.begin(), line.end(), [](char c) {
        return c != '\t' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f);
    });
}

// A line number counts from 1, an index from 0.
std::size_t index_of(int line) {
    return static_cast<std::size_t>(line - 1);
}

std::string property_line(std::string_view key, std::string_view value) {
    return "\t" + std::string(key) + " " + std::string(trim(value));
}

Result<void> check_writable(std::string_view key, std::string_view value) {
    if (!is_word(key)) return fail(Code::invalid_argument, "no property can have that name");
    const std::string name = "property '" + std::string(key) + "'";
    if (has_control_characters(value)) {
        return fail(Code::invalid_argument, name + " must not have control characters");
    }
    if (trim(value).empty()) return fail(Code::invalid_argument, name + " has no value");
    return {};
}

}  // namespace

Document Document::parse(std::string file, std::string_view text) {
    Document document(std::move(file), TextLines(text));
    document.parse_lines();
    return document;
}

void Document::problem(int number, std::string reason) {
    problems_.push_back({file_, number, std::move(reason)});
}

void Document::parse_lines() {
    sections_.clear();
    first_of_id_.clear();
    problems_.clear();
    // After a header that does not parse its properties are nobody's; one problem says so.
    enum class State { outside, in_section, after_bad_header } state = State::outside;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const std::string_view line = lines_.line(i);
        const std::string_view content = trim(line);
        const int number = static_cast<int>(i + 1);
        if (is_blank(i)) {
            state = State::outside;
        } else if (content.front() == '#') {
            continue;
        } else if (line.front() != ' ' && line.front() != '\t') {
            state = parse_header(line, number) ? State::in_section : State::after_bad_header;
        } else if (state == State::in_section) {
            parse_property(content, number);
        } else if (state == State::outside) {
            problem(number, "property outside of a section");
        }
    }
}

bool Document::parse_header(std::string_view line, int number) {
    const std::size_t colon = line.find(':');
    const std::string_view type = line.substr(0, colon);
    if (colon == std::string_view::npos || !is_word(type)) {
        problem(number, "expected a section header, 'type: id'");
        return false;
    }
    const std::string_view id = trim(line.substr(colon + 1));
    if (!is_id_text(id)) {
        problem(number, "a section header needs an id of one word, 'type: id'");
        return false;
    }
    Section section{std::string(type), std::string(id), number, number, {}, true};
    const auto [first, is_first] = first_of_id_.try_emplace(section.id, sections_.size());
    if (!is_first) {
        section.good = false;
        problem(number, "the section in line " + std::to_string(sections_[first->second].line) +
                            " has the same id");
    }
    sections_.push_back(std::move(section));
    return true;
}

void Document::parse_property(std::string_view line, int number) {
    Section& section = sections_.back();
    section.last_line = number;
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    const std::string_view key = line.substr(0, end);
    if (has_forbidden_bytes(line)) {
        section.good = false;
        problem(number, "control character in a property");
    } else if (!is_word(key)) {
        section.good = false;
        problem(number, "expected a property, 'key value'");
    } else {
        section.properties.push_back(
            {std::string(key), std::string(trim(line.substr(end))), number});
    }
}

const Section* Document::find(std::string_view id) const {
    const auto found = first_of_id_.find(id);
    return found == first_of_id_.end() ? nullptr : &sections_[found->second];
}

std::string Document::section_text(const Section& section) const {
    return lines_.text(index_of(section.line), index_of(section.last_line) + 1);
}

Result<void> Document::set(std::string_view id, std::string_view key,
                           const std::vector<std::string>& values) {
    const Section* section = find(id);
    if (section == nullptr) return fail(Code::not_found, "no section '" + std::string(id) + "'");
    for (const std::string& value : values) {
        if (auto writable = check_writable(key, value); !writable) return writable;
    }
    std::vector<std::size_t> old;
    for (const Property& property : section->properties) {
        if (property.key == key) old.push_back(index_of(property.line));
    }
    std::size_t end = old.empty() ? index_of(section->last_line) + 1 : old.back() + 1;
    const std::size_t common = std::min(old.size(), values.size());
    for (std::size_t i = 0; i < common; ++i)
        lines_.replace(old[i], property_line(key, values[i]));
    for (std::size_t i = common; i < values.size(); ++i) {
        lines_.insert(end++, property_line(key, values[i]));
    }
    for (std::size_t i = old.size(); i > common; --i)
        lines_.erase(old[i - 1], old[i - 1] + 1);
    parse_lines();
    return {};
}

Result<void> Document::add_section(
    std::string_view type, std::string_view id,
    const std::vector<std::pair<std::string, std::string>>& properties) {
    if (!is_word(type)) return fail(Code::invalid_argument, "no section can have that type");
    if (!is_id_text(id)) return fail(Code::invalid_argument, "no section can have that id");
    if (find(id) != nullptr) {
        return fail(Code::already_exists, "the id '" + std::string(id) + "' is taken");
    }
    for (const auto& [key, value] : properties) {
        if (auto writable = check_writable(key, value); !writable) return writable;
    }
    if (lines_.size() > 0 && !is_blank(lines_.size() - 1)) {
        lines_.insert(lines_.size(), "");
    }
    lines_.insert(lines_.size(), std::string(type) + ": " + std::string(id));
    for (const auto& [key, value] : properties) {
        lines_.insert(lines_.size(), property_line(key, value));
    }
    parse_lines();
    return {};
}

Result<void> Document::remove_section(std::string_view id) {
    const Section* section = find(id);
    if (section == nullptr) return fail(Code::not_found, "no section '" + std::string(id) + "'");
    std::size_t first = index_of(section->line);
    const std::size_t end = index_of(section->last_line) + 1;
    std::size_t last = end;
    while (last < lines_.size() && is_blank(last))
        ++last;
    if (last == lines_.size()) {
        while (first > 0 && is_blank(first - 1))
            --first;
    } else if (last > end && first > 0 && !is_blank(first - 1)) {
        --last;  // what follows must not become part of the section before
    }
    lines_.erase(first, last);
    parse_lines();
    return {};
}

std::string file_digest(std::string_view text) {
    return to_hex(sha256(text));
}

Result<void> check_digest(std::string_view text, std::string_view expected_digest) {
    if (file_digest(text) == expected_digest) return {};
    return fail(Code::version_mismatch, "file changed by another user, try again");
}

}  // namespace pmx::schema
