// pmx-notifyd: turns events into mails and push messages.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "base/log.h"
#include "base/service_notify.h"
#include "base/unique_fd.h"
#include "notifier/daemon/options.h"
#include "notifier/daemon/service.h"

namespace {

constexpr int exit_usage = 2;

// In the background: the parent returns when the child serves, with its verdict. Returns in the
// child only, with the end to write one byte to; nothing is started yet that a fork would lose.
pmx::UniqueFd go_to_background() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::exit(EXIT_FAILURE);
    pmx::UniqueFd read_end(ends[0]);
    pmx::UniqueFd write_end(ends[1]);
    const pid_t child = ::fork();
    if (child < 0) std::exit(EXIT_FAILURE);
    if (child > 0) {
        write_end.reset();
        char ready = 0;
        const bool serves = ::read(read_end.get(), &ready, 1) == 1;
        std::_Exit(serves ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    ::setsid();
    return write_end;
}

void leave_terminal() {
    pmx::log::use_system_log();
    const pmx::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (int fd : {0, 1, 2})
        ::dup2(null.get(), fd);
    if (::chdir("/") != 0) pmx::log::warning("cannot change to /");
}

}  // namespace

int main(int argc, char** argv) {
    auto options = pmx::notifier::parse_options(argc, argv);
    if (!options) {
        std::cerr << "pmx-notifyd: " << options.error().message()
                  << "\nTry 'pmx-notifyd --help'.\n";
        return exit_usage;
    }
    if (options->help) {
        std::cout << pmx::notifier::help_text();
        return EXIT_SUCCESS;
    }
    if (options->version) {
        std::cout << "pmx-notifyd " PMX_VERSION "\n";
        return EXIT_SUCCESS;
    }
    // systemd keeps track of the process it started.
    const bool background = !options->foreground && std::getenv("NOTIFY_SOCKET") == nullptr;
    pmx::UniqueFd ready_end = background ? go_to_background() : pmx::UniqueFd();
    auto served = pmx::notifier::run_service(*options, [&] {
        pmx::service::ready("serving");
        if (!background) return;
        leave_terminal();
        [[maybe_unused]] const ssize_t put = ::write(ready_end.get(), "r", 1);
        ready_end.reset();
    });
    if (served) return EXIT_SUCCESS;
    pmx::log::error(served.error().message());
    return EXIT_FAILURE;
}
