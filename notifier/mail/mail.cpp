#include "notifier/mail/mail.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "base/bytes.h"
#include "notifier/mail/encode.h"

namespace pmx::notifier {
namespace {

constexpr std::size_t max_plain_line = 200;  // a header longer than this is folded by encoding it

bool is_printable_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_atom_text(char c) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return alphanumeric ||
           std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

// Text of a header such as Subject.
std::string unstructured(std::string_view raw, std::size_t used) {
    const std::string text = clean_line(raw);
    const bool plain = is_printable_ascii(text) && text.size() <= max_plain_line &&
                       text.find("=?") == std::string::npos && !text.starts_with(' ') &&
                       !text.ends_with(' ');
    return plain ? text : encoded_words(text, used);
}

// The display name of an address: atoms as they are, other ASCII quoted, the rest encoded.
std::string phrase(std::string_view raw, std::size_t used) {
    std::string text = clean_line(raw);
    if (!is_printable_ascii(text) || text.size() > max_plain_line ||
        text.find("=?") != std::string::npos) {
        return encoded_words(text, used);
    }
    const bool atoms =
        std::all_of(text.begin(), text.end(), [](char c) { return c == ' ' || is_atom_text(c); }) &&
        !text.starts_with(' ') && !text.ends_with(' ') && text.find("  ") == std::string::npos;
    if (atoms) return text;
    std::string quoted = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

std::string from_header(const MailMessage& mail) {
    if (mail.author.empty()) return "From: " + mail.from_address + "\n";
    const std::string name = phrase(mail.author, 6);
    const bool folded = name.size() + mail.from_address.size() > 68;
    return "From: " + name + (folded ? "\n <" : " <") + mail.from_address + ">\n";
}

std::string to_header(const std::vector<std::string>& recipients) {
    std::string header = "To: ";
    std::size_t column = header.size();
    for (std::size_t i = 0; i < recipients.size(); ++i) {
        const std::string piece = recipients[i] + (i + 1 < recipients.size() ? "," : "");
        if (i > 0 && column + 1 + piece.size() > 76) {
            header += "\n ";
            column = 1;
        } else if (i > 0) {
            header += ' ';
            ++column;
        }
        header += piece;
        column += piece.size();
    }
    return header + "\n";
}

// Not strftime: its names follow the locale.
std::string date(std::int64_t timestamp_s) {
    constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t time = timestamp_s;
    std::tm parts{};
    if (::gmtime_r(&time, &parts) == nullptr) parts = {};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d +0000",
                  days[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                  months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                  parts.tm_hour, parts.tm_min, parts.tm_sec);
    return text.data();
}

// True where a transport may take the text as it is: "." alone would end the message, and mbox
// files mangle "From ".
bool fits_7bit(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        if (line.size() > 78 || line.starts_with('.') || line.starts_with("From ")) return false;
        const bool ascii = std::all_of(line.begin(), line.end(),
                                       [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
        if (!ascii) return false;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return true;
}

std::string part(const char* type, std::string_view raw) {
    const std::string text = clean_text(raw);
    const auto foreign = static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; }));
    const char* encoding = "quoted-printable";
    std::string body;
    if (fits_7bit(text)) {
        encoding = "7bit";
        body = text;
        if (!body.empty() && !body.ends_with('\n')) body += '\n';
    } else if (foreign > text.size() / 4) {  // base64 is shorter, and a reader sees neither
        encoding = "base64";
        body = base64_lines(text);
    } else {
        body = quoted_printable(text);
    }
    return std::string("Content-Type: ") + type +
           "; charset=UTF-8\nContent-Transfer-Encoding: " + encoding + "\n\n" + body;
}

bool has_address_characters(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c == '@' || c == '.' || is_atom_text(c); });
}

// Three parts of at most 200 bytes each, with what joins them.
constexpr std::size_t max_message_id_bytes = 610;

bool is_usable_message_id(std::string_view id) {
    return id.size() <= max_message_id_bytes && id.find('@') != std::string_view::npos &&
           has_address_characters(id);
}

std::string id_part(std::string_view text) {
    std::string out;
    for (char c : text.substr(0, 200)) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                           (c == '.' && !out.empty() && out.back() != '.');
        out += plain ? c : '_';
    }
    if (out.empty() || out.back() == '.') out += '_';
    return out;
}

}  // namespace

bool is_usable_address(std::string_view address) {
    return !address.empty() && address.size() <= 254 && address.front() != '-' &&
           has_address_characters(address);
}

std::string message_id(std::string_view event_id, std::string_view target, std::string_view node) {
    return id_part(event_id) + "." + id_part(target) + "@" + id_part(node);
}

Result<std::string> compose(const MailMessage& mail, const BoundarySeed& seed) {
    if (!is_usable_address(mail.from_address)) {
        return fail(Code::invalid_argument,
                    "sender address '" + clean_line(mail.from_address) + "' is not usable");
    }
    if (mail.recipients.empty()) return fail(Code::invalid_argument, "the mail has no recipient");
    for (const std::string& recipient : mail.recipients) {
        if (!is_usable_address(recipient)) {
            return fail(Code::invalid_argument,
                        "address '" + clean_line(recipient) + "' is not usable");
        }
    }
    if (!is_usable_message_id(mail.message_id)) {
        return fail(Code::invalid_argument, "the message id is not usable");
    }
    const std::string boundary = "=_pmx_" + to_hex(seed);
    std::string out = from_header(mail) + to_header(mail.recipients);
    out += "Subject: " + unstructured(mail.subject, 9) + "\n";
    out += "Date: " + date(mail.timestamp_s) + "\n";
    out += "Message-ID: <" + mail.message_id + ">\n";
    out += own_mail_header;
    out += ": " + mail.message_id + "\n";
    out += "Auto-Submitted: auto-generated\nMIME-Version: 1.0\n";
    out += "Content-Type: multipart/alternative;\n boundary=\"" + boundary + "\"\n\n";
    out += "--" + boundary + "\n" + part("text/plain", mail.text) + "\n";
    out += "--" + boundary + "\n" + part("text/html", mail.html) + "\n";
    out += "--" + boundary + "--\n";
    return out;
}

}  // namespace pmx::notifier
