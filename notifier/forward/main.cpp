// pmx-mail-forward: a mail on standard input becomes an event of type system-mail.
//
// For /root/.forward or /etc/aliases. Called as sendmail is; its options mean nothing here.
#include <sysexits.h>
#include <unistd.h>

#include <ctime>
#include <iostream>

#include "notifier/cli/submit.h"
#include "notifier/forward/received_mail.h"
#include "notifier/mail/encode.h"

namespace {

using namespace pmx;
using namespace pmx::notifier;

constexpr const char* help =
    "Usage: pmx-mail-forward [--run DIR] [sendmail's options, which mean nothing here] <MAIL\n"
    "Makes an event of type system-mail of the mail on standard input: see pmx-mail-forward(8).\n";

// All there is, so that the mail server need not write into a closed pipe; what is too much is not
// kept.
Result<std::string> read_mail_input() {
    std::string bytes;
    std::string chunk(65536, '\0');
    for (;;) {
        const ssize_t got = ::read(STDIN_FILENO, chunk.data(), chunk.size());
        if (got == 0) return bytes;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(errno, "cannot read the mail");
        if (bytes.size() < max_received_bytes) {
            bytes.append(chunk, 0, static_cast<std::size_t>(got));
        }
    }
}

int exit_code_of(const Error& error) {
    switch (error.code()) {
        case Code::access_denied:
        case Code::permission_denied:
            return EX_NOPERM;
        case Code::invalid_argument:
            return EX_DATAERR;
        default:
            return EX_TEMPFAIL;  // the server keeps the mail and tries again
    }
}

// To the mail server, which puts it into its log and into what it tells the sender.
int give_up(int exit_code, const std::string& why) {
    std::cerr << "pmx-mail-forward: " << clean_line(why) << "\n";
    return exit_code;
}

int forward(const std::string& run) {
    const auto bytes = read_mail_input();
    if (!bytes) return give_up(EX_TEMPFAIL, bytes.error().message());
    if (bytes->empty()) return give_up(EX_USAGE, "there is no mail on standard input");
    const ReceivedMail mail = read_mail(*bytes);
    EventRequest request = event_of(mail);
    request.timestamp_s = ::time(nullptr);
    const auto submitted = submit(run, request, std::nullopt);
    return submitted ? EX_OK
                     : give_up(exit_code_of(submitted.error()), submitted.error().message());
}

}  // namespace

int main(int argc, char** argv) {
    std::string run = "/run/pmx-notifier";
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--run" && i + 1 < argc) run = argv[++i];
        if (word == "--help") {
            std::cout << help;
            return EX_OK;
        }
        if (word == "--version") {
            std::cout << "pmx-mail-forward " PMX_VERSION "\n";
            return EX_OK;
        }
    }
    try {
        return forward(run);
    } catch (const std::exception& exception) {
        return give_up(EX_TEMPFAIL, exception.what());
    }
}
