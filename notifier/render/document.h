// One document written twice: as text for a terminal, and as HTML.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace pmx::notifier {

class Document {
  public:
    Document() = default;                         // a part of one
    explicit Document(const std::string& title);  // the title is that of the HTML only

    void paragraph(const std::string& text);
    // Name and value, one below the other; values that are empty are left out.
    void properties(const std::vector<std::pair<std::string, std::string>>& rows);
    // Columns as wide as their widest value, counted in characters.
    void table(const std::vector<std::string>& head,
               const std::vector<std::vector<std::string>>& rows);
    void heading(const std::string& text);
    void subheading(const std::string& text);
    void preformatted(const std::string& text);

    [[nodiscard]] std::string text() const { return text_; }
    [[nodiscard]] std::string html() const { return head_ + html_ + "</body></html>\n"; }
    [[nodiscard]] std::string html_part() const { return html_; }

  private:
    void text_gap();
    void add_heading(const std::string& text, char line, const char* tag);
    std::string head_;
    std::string text_;
    std::string html_;
};

}  // namespace pmx::notifier
