// Keeps secrets out of what is told.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pmx::notifier {

// Whoever wrote it down, in whatever encoding a server may send it back, a secret is not shown.
class Secrets {
  public:
    // Also as base64, percent-encoded, and escaped for JSON. Empty ones are ignored.
    void add(std::string_view secret);
    // Of a URL, user and password.
    void add_user_of(std::string_view url);

    // On one line, made printable.
    [[nodiscard]] std::string hidden_in(std::string_view text) const;

  private:
    void insert(std::string form);
    std::vector<std::string> forms_;  // longest first
};

}  // namespace pmx::notifier
