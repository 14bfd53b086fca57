// Whatever an author, title or body holds: the mail's header is what it should be, every line is
// short ASCII, and nothing ends the message early.
#include <algorithm>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "notifier/mail/mail.h"

namespace {

using namespace pmx::notifier;

void check_header(const std::string& header) {
    int fields = 0;
    std::size_t begin = 0;
    while (begin < header.size()) {
        const std::size_t end = header.find('\n', begin);
        if (header[begin] != ' ') ++fields;
        begin = end + 1;
    }
    PMX_CHECK(fields == 9, "the header has another number of fields");
}

void check_lines(const std::string& mail) {
    std::size_t begin = 0;
    while (begin < mail.size()) {
        const std::size_t end = mail.find('\n', begin);
        PMX_CHECK(end != std::string::npos, "the last line has no end");
        const std::string line = mail.substr(begin, end - begin);
        PMX_CHECK(line.size() <= 998, "a line is too long");
        PMX_CHECK(line != ".", "a line ends the message");
        PMX_CHECK(begin == 0 || !line.starts_with("From "), "a line looks like a new mail");
        PMX_CHECK(std::all_of(line.begin(), line.end(),
                              [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); }),
                  "a line is not plain ASCII");
        begin = end + 1;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(reinterpret_cast<const char*>(data), size);
    std::string parts[5];
    std::size_t part = 0;
    for (char c : input) {
        // 0xff never is in a text: it parts author, subject, address, text and HTML.
        if (c == '\xff' && part < 4) {
            ++part;
        } else {
            parts[part] += c;
        }
    }
    MailMessage mail;
    mail.author = parts[0];
    mail.subject = parts[1];
    mail.from_address = "root@node1";
    mail.recipients = {"a@example.com"};
    if (!parts[2].empty()) mail.recipients.push_back(parts[2]);
    mail.text = parts[3];
    mail.html = parts[4];
    mail.message_id = message_id(parts[1], parts[0], parts[2]);
    auto composed = compose(mail, BoundarySeed{});
    PMX_CHECK(composed.has_value() == (parts[2].empty() || is_usable_address(parts[2])),
              "an address is taken that is none, or the other way round");
    if (!composed) return 0;
    check_header(composed->substr(0, composed->find("\n\n") + 1));
    check_lines(*composed);
    return 0;
}
