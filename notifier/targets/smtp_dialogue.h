// What an SMTP server answered to what, overheard from libcurl.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pmx::notifier {

struct SmtpReply {
    std::string command;    // "" (the greeting), EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA
    std::string recipient;  // of a RCPT
    int code = 0;
    std::string text;  // with the code; one line, its beginning

    [[nodiscard]] bool is_positive() const { return code < 400; }
    [[nodiscard]] bool is_permanent() const { return code >= 500; }
};

class SmtpDialogue {
  public:
    void sent(std::string_view line);
    void received(std::string_view line);

    [[nodiscard]] const std::vector<SmtpReply>& replies() const { return replies_; }
    // Of the last EHLO that was answered: whether AUTH is offered.
    [[nodiscard]] bool offers_login() const { return offers_login_; }
    // After QUIT nothing counts.
    [[nodiscard]] bool is_over() const { return command_ == "QUIT"; }
    // Null before the first.
    [[nodiscard]] const SmtpReply* last() const {
        return replies_.empty() ? nullptr : &replies_.back();
    }

  private:
    std::string command_;
    std::string recipient_;
    std::string text_;
    bool offers_login_ = false;
    std::vector<SmtpReply> replies_;
};

}  // namespace pmx::notifier
