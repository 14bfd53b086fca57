#include "tools/pmxctl/services.h"

#include <unistd.h>

#include <algorithm>

#include "base/run_program.h"
#include "tools/pmxctl/progress.h"

namespace po = boost::program_options;

namespace pmx::pmxctl {
namespace {

// corosync's unit waits for its first membership, pmxcfs-lite's for its mount.
constexpr std::chrono::minutes longest_start{3};

Result<void> systemctl(const std::string& action, const std::string& unit) {
    const Progress progress("systemctl " + action + " " + unit);
    const auto end = run_program({"systemctl", action, unit}, longest_start);
    if (!end) return fail(end.error());
    if (end->exit_code == 0) return {};
    std::string said = end->output;
    while (said.ends_with('\n'))
        said.pop_back();
    return fail(Code::io_error,
                "systemctl " + action + " " + unit + ": " + said + " (journalctl -u " + unit + ")");
}

}  // namespace

void add_services_option(po::options_description& options) {
    options.add_options()("no-services", "start and stop nothing: only say what is to be started");
}

// As sd_booted(3) tells it.
Services::Services(const Invocation& invocation)
    : available_(!invocation.has("no-services") && ::access("/run/systemd/system", F_OK) == 0) {}

Result<void> Services::restart_corosync() const {
    if (!available_) return {};
    if (auto enabled = systemctl("enable", "corosync"); !enabled) return enabled;
    return systemctl("restart", "corosync");
}

Result<void> Services::restart_store() const {
    return available_ ? systemctl("restart", "pmxcfs-lite") : Result<void>();
}

Result<void> Services::stop_store() const {
    return available_ ? systemctl("stop", "pmxcfs-lite") : Result<void>();
}

}  // namespace pmx::pmxctl
