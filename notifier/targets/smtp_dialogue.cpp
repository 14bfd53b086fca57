#include "notifier/targets/smtp_dialogue.h"

#include <algorithm>
#include <array>

namespace pmx::notifier {
namespace {

constexpr std::size_t max_text_bytes = 300;
constexpr std::size_t max_replies = 4096;  // a server may talk without being asked

// The code of "250-text" and "250 text"; 0 where there is none.
int code_of(std::string_view line) {
    int code = 0;
    if (line.size() < 3) return 0;
    for (char c : line.substr(0, 3)) {
        if (c < '0' || c > '9') return 0;
        code = code * 10 + (c - '0');
    }
    return code;
}

std::string_view without_end(std::string_view line) {
    while (line.ends_with('\n') || line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

}  // namespace

void SmtpDialogue::sent(std::string_view line) {
    // With what follows it: a line of AUTH's base64 must not be taken for one.
    constexpr std::array<std::string_view, 8> commands = {
        "EHLO ", "HELO ", "STARTTLS\r", "AUTH ", "MAIL FROM:", "RCPT TO:", "DATA\r", "QUIT\r"};
    for (std::string_view command : commands) {
        if (line.starts_with(command)) command_ = command.substr(0, command.find_first_of(" \r"));
    }
    if (command_ == "EHLO") offers_login_ = false;
    recipient_.clear();
    if (command_ != "RCPT") return;
    const std::size_t begin = line.find('<');
    const std::size_t end = line.rfind('>');
    if (begin < end && end != std::string_view::npos) {
        recipient_ = line.substr(begin + 1, end - begin - 1);
    }
}

void SmtpDialogue::received(std::string_view raw) {
    const std::string_view line = without_end(raw);
    const int code = code_of(line);
    constexpr std::size_t code_size = 4;  // and what separates it
    if (command_ == "EHLO" && code != 0 &&
        line.substr(std::min(code_size, line.size())).starts_with("AUTH ")) {
        offers_login_ = true;
    }
    // Of a reply of many lines the code once.
    std::string_view part = line;
    if (!text_.empty() && code != 0) part.remove_prefix(std::min(code_size, part.size()));
    if (text_.size() < max_text_bytes) {
        text_ += (text_.empty() ? "" : " ") + std::string(part.substr(0, max_text_bytes));
    }
    const bool is_last = code != 0 && (line.size() == 3 || line[3] == ' ');
    if (!is_last) return;
    if (replies_.size() < max_replies && !is_over()) {
        replies_.push_back({command_, recipient_, code, text_.substr(0, max_text_bytes)});
    }
    text_.clear();
}

}  // namespace pmx::notifier
