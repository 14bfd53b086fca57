#include "notifier/forward/received_mail.h"

#include <gmime/gmime.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include "base/bytes.h"
#include "base/sha256.h"
#include "notifier/mail/mail.h"

namespace pmx::notifier {
namespace {

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};
template <typename T>
using Object = std::unique_ptr<T, Unref>;

struct Free {
    void operator()(char* text) const { g_free(text); }
};
using Text = std::unique_ptr<char, Free>;

constexpr std::size_t max_text_bytes = max_body_bytes - (64U << 10);  // room for what we add
constexpr std::size_t max_attachments = 100;
constexpr std::size_t max_header_bytes = 4096;

std::string text_or_empty(const char* text) {
    return text == nullptr ? "" : std::string(text).substr(0, max_header_bytes);
}

void initialise() {
    static const bool done = [] {
        g_mime_init();
        return true;
    }();
    static_cast<void>(done);
}

// A pipe of Postfix's local(8) begins with the line that a mailbox has before each mail.
std::string_view without_mailbox_line(std::string_view bytes) {
    if (!bytes.starts_with("From ")) return bytes;
    return bytes.substr(std::min(bytes.find('\n'), bytes.size() - 1) + 1);
}

Object<GMimeMessage> parse(std::string_view bytes) {
    const Object<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
    const Object<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
    return Object<GMimeMessage>(g_mime_parser_construct_message(parser.get(), nullptr));
}

std::string header_of(GMimeMessage* message, const char* name) {
    return text_or_empty(g_mime_object_get_header(GMIME_OBJECT(message), name));
}

std::string addresses(InternetAddressList* list) {
    if (list == nullptr) return {};
    const Text text(internet_address_list_to_string(list, nullptr, FALSE));
    return text_or_empty(text.get());
}

std::string date_of(GMimeMessage* message) {
    GDateTime* date = g_mime_message_get_date(message);
    if (date == nullptr) return {};
    const Text text(g_date_time_format(date, "%Y-%m-%d %H:%M:%S %z"));
    return text_or_empty(text.get());
}

void append_bounded(std::string& text, std::string_view more) {
    const std::size_t room = max_text_bytes - std::min(text.size(), max_text_bytes);
    text.append(more.substr(0, room));
}

bool is_attachment(GMimeObject* part) {
    const char* disposition = g_mime_object_get_disposition(part);
    return disposition != nullptr && g_ascii_strcasecmp(disposition, "attachment") == 0;
}

std::string attachment_label(GMimeObject* part) {
    GMimeContentType* type = g_mime_object_get_content_type(part);
    const Text name(type == nullptr ? nullptr : g_mime_content_type_get_mime_type(type));
    const char* file = GMIME_IS_PART(part) ? g_mime_part_get_filename(GMIME_PART(part)) : nullptr;
    return (file == nullptr ? "a part" : text_or_empty(file)) + " (" + text_or_empty(name.get()) +
           ")";
}

// The parts for people, plain text before HTML, and the names of the others.
void read_parts(GMimeMessage* message, ReceivedMail& mail) {
    std::string html;
    GMimePartIter* parts = g_mime_part_iter_new(GMIME_OBJECT(message));
    do {
        GMimeObject* part = g_mime_part_iter_get_current(parts);
        if (part == nullptr) break;
        if (GMIME_IS_MULTIPART(part) || GMIME_IS_MESSAGE_PART(part)) continue;
        if (GMIME_IS_TEXT_PART(part) && !is_attachment(part)) {
            const Text text(g_mime_text_part_get_text(GMIME_TEXT_PART(part)));
            if (!text) continue;
            GMimeContentType* type = g_mime_object_get_content_type(part);
            const bool is_html = g_mime_content_type_is_type(type, "text", "html") != FALSE;
            append_bounded(is_html ? html : mail.text, text.get());
        } else if (mail.attachments.size() < max_attachments) {
            mail.attachments.push_back(attachment_label(part));
        }
    } while (g_mime_part_iter_next(parts) != FALSE);
    g_mime_part_iter_free(parts);
    if (mail.text.empty()) append_bounded(mail.text, text_of_html(html));
}

// At the beginning of any line, as a returned mail has it wherever the server put it.
bool has_line_with(std::string_view bytes, std::string_view header) {
    const std::string line = "\n" + std::string(header) + ":";
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) ==
               std::tolower(static_cast<unsigned char>(b));
    };
    return std::search(bytes.begin(), bytes.end(), line.begin(), line.end(), same) != bytes.end();
}

// Not written by a person (RFC 3834), or a report of a mail server.
bool is_automatic(GMimeMessage* message, const std::string& from) {
    const std::string submitted = header_of(message, "Auto-Submitted");
    if (!submitted.empty() && g_ascii_strcasecmp(submitted.c_str(), "no") != 0) return true;
    GMimeObject* body = g_mime_message_get_mime_part(message);
    GMimeContentType* type = body == nullptr ? nullptr : g_mime_object_get_content_type(body);
    if (type != nullptr && g_mime_content_type_is_type(type, "multipart", "report")) return true;
    return has_line_with("\n" + from, "mailer-daemon") ||
           from.find("MAILER-DAEMON") != std::string::npos ||
           header_of(message, "Return-Path") == "<>";
}

}  // namespace

ReceivedMail read_mail(std::string_view bytes) {
    initialise();
    bytes = without_mailbox_line(bytes.substr(0, max_received_bytes));
    ReceivedMail mail;
    const Object<GMimeMessage> message = parse(bytes);
    if (!message) {  // nothing that looks like a header
        append_bounded(mail.text, bytes);
        return mail;
    }
    mail.subject = text_or_empty(g_mime_message_get_subject(message.get()));
    mail.from = addresses(g_mime_message_get_from(message.get()));
    mail.date = date_of(message.get());
    mail.message_id = text_or_empty(g_mime_message_get_message_id(message.get()));
    mail.is_own = g_mime_object_get_header(GMIME_OBJECT(message.get()),
                                           std::string(own_mail_header).c_str()) != nullptr;
    mail.returns_own = !mail.is_own && has_line_with(bytes, own_mail_header) &&
                       is_automatic(message.get(), mail.from);
    read_parts(message.get(), mail);
    return mail;
}

EventRequest event_of(const ReceivedMail& mail) {
    EventRequest request;
    request.type = "system-mail";
    request.severity = Severity::notice;
    // Of a subject of nothing but control characters nothing is left.
    const std::string title = event_title(mail.subject);
    request.title = title.empty() ? "A mail without a subject" : title;
    std::string body;
    if (mail.is_own || mail.returns_own) {
        request.came_back = true;
        request.severity = Severity::error;
        request.title = (mail.is_own ? "A notification came back: "
                                     : "A notification was returned by a mail server: ") +
                        *request.title;
        body = mail.is_own ? "This notification was sent as a mail, and came to pmx-mail-forward. "
                             "Give root@pam an address that does not lead there.\n\n"
                           : "Below is what the mail server says.\n\n";
    }
    if (!mail.from.empty()) body += "From: " + mail.from + "\n";
    if (!mail.date.empty()) body += "Date: " + mail.date + "\n";
    if (!body.empty() && !body.ends_with("\n\n")) body += "\n";
    body += mail.text;
    if (mail.text.size() >= max_text_bytes) body += "\n[... the rest is left out ...]\n";
    if (!mail.attachments.empty()) body += "\n\nLeft out, as it is no text:\n";
    for (const std::string& attachment : mail.attachments)
        body += "  " + attachment.substr(0, 256) + "\n";
    request.body = std::move(body);
    if (!mail.from.empty()) request.fields["from"] = mail.from;
    const std::string all = mail.message_id + "\n" + mail.date + "\n" + mail.from + "\n" +
                            mail.subject + "\n" + mail.text;
    request.id = "mail-" + to_hex(sha256(all)).substr(0, 32);
    return request;
}

}  // namespace pmx::notifier
