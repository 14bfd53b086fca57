// The grammar of corosync.conf (corosync.conf(5)): nested sections of `key: value` lines.
//
//   # a comment, on a line of its own
//   quorum {
//     provider: corosync_votequorum
//     device { ... }
//   }
//
// A brace that opens stands at the end of its line, one that closes alone. What the keys mean is in
// corosync_conf.h.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/problem.h"

namespace pmx::schema {

struct CorosyncSetting {
    std::string key;
    std::string value;
    int line = 0;  // 0: not from a file
    friend bool operator==(const CorosyncSetting& a, const CorosyncSetting& b) {
        return a.key == b.key && a.value == b.value;
    }
};

struct CorosyncSection {
    std::string name;  // empty: the file
    std::vector<CorosyncSetting> settings;
    std::vector<CorosyncSection> sections;
    int line = 0;

    // The last one of that key, which is the one that counts; null when there is none.
    [[nodiscard]] const CorosyncSetting* find(std::string_view key) const;
    // Empty when there is none.
    [[nodiscard]] std::string_view value(std::string_view key) const;
    void set(std::string_view key, std::string value);
    void remove(std::string_view key);

    // The first subsection of that name; null when there is none.
    [[nodiscard]] const CorosyncSection* section(std::string_view section_name) const;
    CorosyncSection* section(std::string_view section_name);

    friend bool operator==(const CorosyncSection& a, const CorosyncSection& b) {
        return a.name == b.name && a.settings == b.settings && a.sections == b.sections;
    }
};

// corosync itself stops at lines of 512 bytes, its end included.
inline constexpr std::size_t max_corosync_line_bytes = 510;
inline constexpr std::size_t max_corosync_nesting = 4;

Parsed<CorosyncSection> parse_corosync_sections(std::string_view text);

// A file that parses to the same sections; comments do not survive. Within a section settings come
// before subsections.
std::string corosync_sections_text(const CorosyncSection& file);

}  // namespace pmx::schema
