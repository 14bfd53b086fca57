// package-updates: what could be updated, as apt's own simulation says. The daemon knows what was
// reported before.
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/run_program.h"
#include "notifier/cli/apt_simulation.h"
#include "notifier/cli/commands.h"
#include "notifier/cli/producers.h"
#include "notifier/cli/submit.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;

constexpr std::chrono::minutes longest_simulation{10};
constexpr std::size_t max_printed_bytes = 8U << 20;

// Without apt's locks: it reads only, and must not stand in the way of who updates meanwhile.
Result<std::vector<PackageUpdate>> upgradable_packages() {
    const auto end = run_program({"env", "LC_ALL=C", "apt-get", "-q", "--simulate", "-o",
                                  "Debug::NoLocking=1", "dist-upgrade"},
                                 longest_simulation, {.max_output_bytes = max_printed_bytes});
    if (!end) return fail(end.error());
    if (end->exit_code != 0) {
        const std::string& said = end->output;
        return fail(Code::io_error, "apt-get --simulate dist-upgrade failed with exit code " +
                                        std::to_string(end->exit_code) + ": " +
                                        said.substr(said.size() > 500 ? said.size() - 500 : 0));
    }
    return parse_apt_simulation(end->output);
}

}  // namespace

int run_package_updates(const Subcommand& self, const CommonOptions& common,
                        const std::vector<std::string>& words) {
    const auto parsed =
        parse_words(self, common, words, boost::program_options::options_description());
    if (!parsed) return report(parsed.error());
    if (!*parsed) return exit_done;
    if (!(*parsed)->operands.empty()) {
        return report(Error(Code::invalid_argument, "package-updates takes no names"));
    }
    const auto packages = upgradable_packages();
    if (!packages) return report(packages.error());
    if (packages->empty()) {
        if (!(*parsed)->common.json) std::cout << "no package can be updated\n";
        return exit_done;
    }
    json updates = json::array();
    for (const PackageUpdate& package : *packages) {
        json row = {{"name", package.name}, {"new", package.available}};
        if (!package.installed.empty()) row["old"] = package.installed;
        updates.push_back(std::move(row));
    }
    EventRequest request;
    request.type = event_type::package_updates;
    request.data = compact_text(json{{"updates", std::move(updates)}});
    return submit_and_print((*parsed)->common, std::move(request));
}

}  // namespace pmx::notifier
