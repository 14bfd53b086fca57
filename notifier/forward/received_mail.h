// A mail as it comes from a mail server, and the event that is made of it.
//
// GMime reads it: the structure, encodings and character sets of real mails are a hundred details
// that it knows, and it is in Debian with a licence that fits. What it is given is bounded here,
// and so is what is made of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "notifier/render/event_request.h"

namespace pmx::notifier {

constexpr std::size_t max_received_bytes = 8U << 20;  // more is left unread

struct ReceivedMail {
    std::string subject;  // decoded, as everything here: UTF-8, bad bytes as they came
    std::string from;
    std::string date;
    std::string message_id;
    std::string text;                      // of all its parts for people
    std::vector<std::string> attachments;  // "report.pdf (application/pdf)"
    // A notification of ours: an event made of it would be mailed, come back, and so on for ever.
    bool is_own = false;
    // What a mail server says of one of ours that it could not deliver: the same.
    bool returns_own = false;
};

// Any bytes are a mail of some kind.
ReceivedMail read_mail(std::string_view bytes);

// Of type system-mail; the same mail is the same event, however often the server tries. Of one of
// ours it says what happened, and that no mail is to be made of it.
EventRequest event_of(const ReceivedMail& mail);

// What a person would read of HTML: without tags, scripts and styles.
std::string text_of_html(std::string_view html);

}  // namespace pmx::notifier
