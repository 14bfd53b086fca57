// Hands a mail to an SMTP server.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "notifier/targets/outcome.h"
#include "notifier/targets/stop_signal.h"

namespace pmx::notifier {

enum class SmtpSecurity : std::uint8_t {
    none,
    starttls,  // or nothing is sent
    tls,       // from the first byte
};

struct SmtpLogin {
    std::string username;
    std::string password;
};

struct SmtpCall {
    std::string server;  // name or address, an IPv6 address in brackets; without a port
    std::uint16_t port = 0;
    SmtpSecurity security = SmtpSecurity::tls;
    std::optional<SmtpLogin> login;  // AUTH PLAIN or LOGIN
    std::string from;                // envelope sender
    std::vector<std::string> recipients;
    std::string message;  // LF line ends, as compose() makes it
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds timeout{60'000};  // in all
};

// An answer 5xx is permanent, a refused login among them, and so is a server that offers none: with
// a login, nothing is sent without it. 4xx may be tried again, and so may whatever goes wrong on
// the way: no connection, no STARTTLS, a certificate that is not trusted. Who is refused does not
// keep the mail from the others: `remaining` then says who has none. Blocks; thread-safe.
Outcome send_smtp(const SmtpCall& call, const StopSignal& stop);

}  // namespace pmx::notifier
