#include <cmath>
#include <iostream>

#include "tools/pmxctl/ask.h"

namespace po = boost::program_options;

namespace pmx::pmxctl {
namespace {

constexpr double default_timeout_s = 30;
constexpr double max_timeout_s = 3600;

void sync_options(po::options_description& options) {
    options.add_options()("timeout", po::value<double>()->value_name("SECONDS"),
                          "how long to wait (default 30, at most 3600)");
}

Result<ExitCode> run_sync(const Invocation& invocation) {
    const double timeout_s =
        invocation.has("timeout") ? invocation.get<double>("timeout") : default_timeout_s;
    if (!(timeout_s >= 0 && timeout_s <= max_timeout_s)) {
        return usage_error("--timeout is a number of seconds from 0 to 3600");
    }
    const std::chrono::milliseconds timeout(std::llround(timeout_s * 1000));
    const auto answer = ask(invocation, "sync", {{"timeout_ms", timeout.count()}},
                            timeout + std::chrono::seconds(10));
    if (!answer) return fail(answer.error());
    if (invocation.json) print_json(*answer);
    return ExitCode::ok;
}

}  // namespace

const Command sync_command{
    .name = "sync",
    .arguments = "[--timeout SECONDS]",
    .summary = "wait until this node shows every save acknowledged before, on any node",
    .details = "",
    .positional = nullptr,
    .add_options = sync_options,
    .run = run_sync,
};

}  // namespace pmx::pmxctl
