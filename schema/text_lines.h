// A text as lines that can be edited one by one, every other byte staying as it was.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pmx::schema {

class TextLines {
  public:
    explicit TextLines(std::string_view text);

    [[nodiscard]] std::size_t size() const { return lines_.size(); }
    // Without its line end ("\n" or "\r\n").
    [[nodiscard]] std::string_view line(std::size_t index) const;
    // Lines [first, last) with their ends.
    [[nodiscard]] std::string text(std::size_t first, std::size_t last) const;
    [[nodiscard]] std::string text() const { return text(0, size()); }

    // `content` is one line without its end; it gets the end that the line before it has.
    void insert(std::size_t index, std::string_view content);
    void replace(std::size_t index, std::string_view content);
    void erase(std::size_t first, std::size_t last);

  private:
    std::vector<std::string> lines_;  // each with its end; only the last may lack one
};

std::string_view trim(std::string_view text);  // spaces, tabs and carriage returns

// Bytes below 0x20, and 0x7f.
bool has_control_characters(std::string_view text);

// The items of a list as Proxmox writes them: separated by commas, semicolons or white space.
std::vector<std::string> split_list(std::string_view text);

}  // namespace pmx::schema
