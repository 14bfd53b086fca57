// The section-config grammar (notifications.cfg, jobs.cfg), as a document that can be edited.
//
//   # a comment; it stays where it is
//   gotify: phone
//           server https://push.example.com
//           disable
//
// A header `type: id` starts in column 0 with a letter. Properties are indented, `key value`, the
// value trimmed; a key alone has the value "". A blank line ends a section, a header starts the
// next one with or without it. Lines whose first character that is not white space is `#` are
// comments. CRLF is read, and kept. What a type or a property means is for the layer above.
//
// Pure; nothing throws. A document keeps the text it was parsed from byte for byte, but for what an
// edit changes.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "schema/problem.h"
#include "schema/text_lines.h"

namespace pmx::schema {

struct Property {
    std::string key;
    std::string value;
    int line = 0;
};

struct Section {
    std::string type;
    std::string id;
    int line = 0;                      // of the header
    int last_line = 0;                 // of its last property, or of the header
    std::vector<Property> properties;  // in the order of the file, repeated keys as they are
    bool good = true;                  // false: a line of it does not parse, or its id is taken
};

class Document {
  public:
    // `file` is the name that problems are reported under.
    static Document parse(std::string file, std::string_view text);

    [[nodiscard]] const std::string& file() const { return file_; }
    [[nodiscard]] std::string text() const { return lines_.text(); }
    [[nodiscard]] const std::vector<Section>& sections() const { return sections_; }
    // All of them, in the order of the lines.
    [[nodiscard]] const std::vector<Problem>& problems() const { return problems_; }
    // Some line does not parse, or an id is there twice. What a mangled header began cannot be
    // told, so a section that is missing now cannot be said to have been removed.
    [[nodiscard]] bool sections_may_be_missing() const { return !problems_.empty(); }

    // The first section of this id; nullptr when there is none.
    [[nodiscard]] const Section* find(std::string_view id) const;
    // Header to last property, byte for byte, comments between them included.
    [[nodiscard]] std::string section_text(const Section& section) const;

    // Edits. Each parses the document anew: pointers and references into it become invalid.
    // Code::not_found: no such section. Code::invalid_argument: what is to be written has a control
    // character, is empty or is no word; the document is then as it was.

    // The property has exactly these values afterwards, one line each, where it was first or at the
    // section's end. Without values it is removed.
    Result<void> set(std::string_view id, std::string_view key,
                     const std::vector<std::string>& values);
    Result<void> remove(std::string_view id, std::string_view key) { return set(id, key, {}); }
    // At the end, after a blank line. Code::already_exists: the id is taken, by whatever type.
    Result<void> add_section(std::string_view type, std::string_view id,
                             const std::vector<std::pair<std::string, std::string>>& properties);
    // With the blank lines that follow it.
    Result<void> remove_section(std::string_view id);

  private:
    Document(std::string file, TextLines lines)
        : file_(std::move(file)), lines_(std::move(lines)) {}
    void parse_lines();
    bool parse_header(std::string_view line, int number);
    void parse_property(std::string_view line, int number);
    void problem(int number, std::string reason);
    [[nodiscard]] bool is_blank(std::size_t index) const {
        return trim(lines_.line(index)).empty();
    }

    std::string file_;
    TextLines lines_;
    std::vector<Section> sections_;
    std::map<std::string, std::size_t, std::less<>> first_of_id_;  // index in sections_
    std::vector<Problem> problems_;
};

// Guards an edit: the SHA-256 of the whole file, in hex, as it was when the editor read it.
std::string file_digest(std::string_view text);
// Code::version_mismatch, "file changed by another user, try again".
Result<void> check_digest(std::string_view text, std::string_view expected_digest);

}  // namespace pmx::schema
