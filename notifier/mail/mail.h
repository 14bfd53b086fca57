// Composes a mail as RFC 5322 and 2045 want it, for the standard input of sendmail.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pmx::notifier {

struct MailMessage {
    std::string from_address;
    std::string author;  // the name shown beside from_address; may be empty
    std::vector<std::string> recipients;
    std::string subject;
    std::string text;
    std::string html;
    std::string message_id;  // without the angle brackets; see message_id()
    std::int64_t timestamp_s = 0;
};

// Says that a mail is the notifier's own, so that what turns mails into events knows it again.
inline constexpr std::string_view own_mail_header = "X-Pmx-Notification";

using BoundarySeed = std::array<std::uint8_t, 16>;  // unpredictable, drawn for each mail

// An address as it may stand in a header and on a command line: printable ASCII without blanks,
// quotes or any of ()<>[],;: and backslash, not starting with '-'; at most 254 bytes. "root" is one
// too.
bool is_usable_address(std::string_view address);

// "EVENT.TARGET@NODE": the same for every attempt at one delivery, and for no other delivery.
std::string message_id(std::string_view event_id, std::string_view target, std::string_view node);

// LF line ends, no line over 998 bytes, ASCII throughout. Code::invalid_argument where an address
// is not usable or there is no recipient; every other text is encoded until it does no harm.
Result<std::string> compose(const MailMessage& mail, const BoundarySeed& seed);

}  // namespace pmx::notifier
