#include "notifier/targets/smtp.h"

#include <algorithm>

#include "notifier/mail/encode.h"
#include "notifier/targets/curl_transfer.h"
#include "notifier/targets/secrets.h"
#include "notifier/targets/smtp_dialogue.h"

namespace pmx::notifier {
namespace {

// A mail has CRLF line ends on its way.
std::string with_crlf(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 32);
    for (char c : text) {
        if (c == '\n') out += '\r';
        out += c;
    }
    return out;
}

struct Upload {
    std::string text;
    std::size_t sent = 0;
};

std::size_t read_upload(char* into, std::size_t size, std::size_t count, void* from) {
    auto& upload = *static_cast<Upload*>(from);
    const std::size_t length = std::min(size * count, upload.text.size() - upload.sent);
    std::copy_n(upload.text.data() + upload.sent, length, into);
    upload.sent += length;
    return length;
}

// What libcurl tells while it works.
struct Overheard {
    SmtpDialogue dialogue;
    CurlTransfer* transfer = nullptr;
    const SmtpCall* call = nullptr;
};

bool is_encrypted(const SmtpDialogue& dialogue) {
    return std::any_of(dialogue.replies().begin(), dialogue.replies().end(),
                       [](const SmtpReply& reply) { return reply.command == "STARTTLS"; });
}

// The server has said what it can, and one cannot log in there: libcurl would go on without.
bool lacks_login(const SmtpCall& call, const SmtpDialogue& dialogue) {
    const SmtpReply* last = dialogue.last();
    if (!call.login || last == nullptr || last->command != "EHLO" || !last->is_positive()) {
        return false;
    }
    if (call.security == SmtpSecurity::starttls && !is_encrypted(dialogue)) return false;
    return !dialogue.offers_login();
}

int overhear(CURL*, curl_infotype type, char* bytes, std::size_t size, void* into) {
    auto& overheard = *static_cast<Overheard*>(into);
    if (type == CURLINFO_HEADER_OUT) overheard.dialogue.sent({bytes, size});
    if (type == CURLINFO_HEADER_IN) overheard.dialogue.received({bytes, size});
    if (overheard.dialogue.is_over()) overheard.transfer->stop_reading();
    if (lacks_login(*overheard.call, overheard.dialogue)) overheard.transfer->hang_up();
    return 0;
}

// Printable in a URL as it is: anything else is no host.
bool is_host(const std::string& server) {
    return !server.empty() && std::all_of(server.begin(), server.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
    });
}

std::string address_of(const SmtpCall& call) {
    return call.server + ":" + std::to_string(call.port);
}

struct Parts {
    std::string url;
    CurlList recipients;
    Upload upload;
};

void configure(CurlTransfer& transfer, const SmtpCall& call, Parts& parts, Overheard& overheard) {
    const bool is_tls = call.security == SmtpSecurity::tls;
    parts.url = (is_tls ? "smtps://" : "smtp://") + address_of(call);
    for (const std::string& recipient : call.recipients)
        parts.recipients.add(recipient);
    parts.upload.text = with_crlf(call.message);
    transfer.set(CURLOPT_URL, parts.url.c_str());
    transfer.set(CURLOPT_PROTOCOLS_STR, is_tls ? "smtps" : "smtp");
    transfer.set(
        CURLOPT_USE_SSL,
        static_cast<long>(call.security == SmtpSecurity::none ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    if (call.login) {
        transfer.set(CURLOPT_USERNAME, call.login->username.c_str());
        transfer.set(CURLOPT_PASSWORD, call.login->password.c_str());
        transfer.set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
    }
    transfer.set(CURLOPT_MAIL_FROM, call.from.c_str());
    transfer.set(CURLOPT_MAIL_RCPT, parts.recipients.get());
    transfer.set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
    transfer.set(CURLOPT_UPLOAD, 1L);
    transfer.set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(parts.upload.text.size()));
    transfer.set(CURLOPT_READFUNCTION, read_upload);
    transfer.set(CURLOPT_READDATA, static_cast<void*>(&parts.upload));
    transfer.set(CURLOPT_VERBOSE, 1L);
    transfer.set(CURLOPT_DEBUGFUNCTION, overhear);
    transfer.set(CURLOPT_DEBUGDATA, static_cast<void*>(&overheard));
}

Secrets secrets_of(const SmtpCall& call) {
    Secrets secrets;
    if (!call.login) return secrets;
    secrets.add(call.login->password);
    // What AUTH PLAIN sends, and a server may send back.
    secrets.add(std::string(1, '\0') + call.login->username + std::string(1, '\0') +
                call.login->password);
    return secrets;
}

std::vector<const SmtpReply*> refusals(const SmtpDialogue& dialogue) {
    std::vector<const SmtpReply*> refused;
    for (const SmtpReply& reply : dialogue.replies()) {
        if (reply.command == "RCPT" && !reply.is_positive()) refused.push_back(&reply);
    }
    return refused;
}

// "a@x: 550 no such user; b@x: 450 try later"
std::string listed(const std::vector<const SmtpReply*>& refused) {
    std::string text;
    for (const SmtpReply* reply : refused)
        text += (text.empty() ? "" : "; ") + reply->recipient + ": " + reply->text;
    return text;
}

// Later, where later can help one of them.
OutcomeKind kind_of(const std::vector<const SmtpReply*>& refused) {
    const bool permanent = std::all_of(refused.begin(), refused.end(), [](const SmtpReply* reply) {
        return reply->is_permanent();
    });
    return permanent ? OutcomeKind::permanent : OutcomeKind::retry;
}

// The server took the mail, for some or all.
Outcome taken(const SmtpCall& call, const SmtpDialogue& dialogue, const Secrets& secrets) {
    const auto refused = refusals(dialogue);
    if (refused.empty()) {
        const SmtpReply* last = dialogue.last();
        return Outcome::delivered(last == nullptr ? "" : secrets.hidden_in(last->text));
    }
    Outcome outcome;
    outcome.kind = kind_of(refused);
    outcome.of_recipients = true;
    std::string has_it;
    for (const std::string& recipient : call.recipients) {
        const bool is_refused =
            std::any_of(refused.begin(), refused.end(),
                        [&](const SmtpReply* reply) { return reply->recipient == recipient; });
        if (is_refused) {
            outcome.remaining.push_back(recipient);
        } else {
            has_it += (has_it.empty() ? "" : ", ") + recipient;
        }
    }
    outcome.reason = secrets.hidden_in(address_of(call) + " took it for " + has_it + ", not for " +
                                       listed(refused));
    return outcome;
}

std::string what_was_refused(const SmtpReply& reply) {
    if (reply.command == "AUTH") return "refused the login";
    if (reply.command == "MAIL") return "refused the sender";
    if (reply.command == "DATA") return "refused the mail";
    return "refused to serve";
}

Outcome not_taken(const SmtpCall& call, CURLcode code, const std::string& error,
                  const SmtpDialogue& dialogue, const Secrets& secrets) {
    const std::string server = address_of(call);
    const SmtpReply* last = dialogue.last();
    // libcurl's word for an AUTH that has none of our mechanisms.
    const bool knows_no_way = code == CURLE_LOGIN_DENIED && last != nullptr && last->is_positive();
    if (lacks_login(call, dialogue) || knows_no_way) {
        return Outcome::permanent(server + " offers no login that can be used" +
                                  (call.security == SmtpSecurity::none ? " without TLS" : "") +
                                  ", and the target has a username: nothing was sent");
    }
    // Without STARTTLS nothing is sent, whoever took it away: it may be there again.
    const bool answered = last != nullptr && !last->is_positive() &&
                          code != CURLE_OPERATION_TIMEDOUT && code != CURLE_USE_SSL_FAILED;
    if (!answered) {
        return Outcome::retry(secrets.hidden_in("cannot send through " + server + ": " + error));
    }
    if (last->command == "RCPT") {
        const auto refused = refusals(dialogue);
        return {
            kind_of(refused), secrets.hidden_in(server + " refused " + listed(refused)), {}, true};
    }
    const std::string reason =
        secrets.hidden_in(server + " " + what_was_refused(*last) + ": " + last->text);
    return last->is_permanent() ? Outcome::permanent(reason) : Outcome::retry(reason);
}

}  // namespace

Outcome send_smtp(const SmtpCall& call, const StopSignal& stop) {
    if (!is_host(call.server)) {
        return Outcome::permanent("'" + clean_line(call.server) + "' is not a mail server");
    }
    Parts parts;
    Overheard overheard;
    CurlTransfer transfer(call.connect_timeout, call.timeout);
    overheard.transfer = &transfer;
    overheard.call = &call;
    configure(transfer, call, parts, overheard);
    const auto code = transfer.run(stop);
    if (!code) return Outcome::interrupted();
    const Secrets secrets = secrets_of(call);
    return *code == CURLE_OK
               ? taken(call, overheard.dialogue, secrets)
               : not_taken(call, *code, transfer.error(*code), overheard.dialogue, secrets);
}

}  // namespace pmx::notifier
