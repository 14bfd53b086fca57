// Hands a mail to the local mail system through its sendmail program.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "notifier/targets/outcome.h"
#include "notifier/targets/stop_signal.h"

namespace pmx::notifier {

struct SendmailCall {
    std::string program;  // absolute path
    std::string from;     // envelope sender
    std::vector<std::string> recipients;
    std::string message;
    std::chrono::milliseconds timeout{120'000};
    // A child that has the whole message gets this long to finish when the daemon stops.
    std::chrono::milliseconds stop_grace{500};
};

// `PROGRAM -B 8BITMIME -f FROM -- RCPT...`, the message on its standard input. Exit status 0 is
// success; the statuses of sysexits.h that say the mail itself is wrong are permanent; the reason
// holds what the program wrote to standard error. Blocks; thread-safe.
Outcome send_mail(const SendmailCall& call, const StopSignal& stop);

}  // namespace pmx::notifier
