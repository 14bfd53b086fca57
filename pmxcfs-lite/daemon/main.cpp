#include <csignal>
#include <iostream>
#include <optional>

#include "base/detach.h"
#include "base/log.h"
#include "base/service_notify.h"
#include "daemon/daemon.h"
#include "daemon/options.h"

namespace {

constexpr int exit_failed = 1;

// Blocked before the first thread is made, so that all inherit it and Daemon::serve waits for them.
void block_signals() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGTERM);
    ::sigaddset(&signals, SIGINT);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGHUP, SIG_IGN);
}

int report(const pmx::Error& error) {
    pmx::log::error(error.message());
    return exit_failed;
}

int run(const pmx::daemon::Options& options) {
    std::optional<pmx::DetachedStart> detached;
    if (!options.foreground) {
        auto result = pmx::DetachedStart::detach();
        if (!result) return report(result.error());
        detached = std::move(*result);
    }
    block_signals();
    pmx::daemon::Daemon daemon(options);
    if (auto started = daemon.start(); !started) return report(started.error());
    pmx::log::info("serving " + options.mount + " as node " + daemon.node_name());
    pmx::service::ready("serving " + options.mount);
    if (detached) detached->serving();
    daemon.serve();
    daemon.stop();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    auto parsed = pmx::daemon::parse_options(argc, argv);
    if (const int* exit_code = std::get_if<int>(&parsed)) return *exit_code;
    return run(std::get<pmx::daemon::Options>(parsed));
}
