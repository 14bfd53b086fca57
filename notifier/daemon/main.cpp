// pmx-notifyd: turns events into mails and push messages.
#include <cstdlib>
#include <iostream>
#include <optional>

#include "base/detach.h"
#include "base/log.h"
#include "base/service_notify.h"
#include "notifier/daemon/options.h"
#include "notifier/daemon/service.h"

namespace {

constexpr int exit_usage = 2;

int report(const pmx::Error& error) {
    pmx::log::error(error.message());
    return EXIT_FAILURE;
}

int run(const pmx::notifier::Options& options) {
    std::optional<pmx::DetachedStart> detached;
    if (!options.foreground) {
        auto result = pmx::DetachedStart::detach();
        if (!result) return report(result.error());
        detached = std::move(*result);
    }
    auto served = pmx::notifier::run_service(options, [&] {
        pmx::service::ready("serving");
        if (detached) detached->serving();
    });
    return served ? EXIT_SUCCESS : report(served.error());
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
    return run(*options);
}
