#include <iostream>

#include "tools/pmxctl/ask.h"
#include "tools/pmxctl/cluster_files.h"
#include "tools/pmxctl/human.h"

namespace po = boost::program_options;

namespace pmx::pmxctl {
namespace {

using nlohmann::json;

constexpr std::string_view word = "force-quorum";

constexpr std::string_view explanation =
    "This lets the nodes that are here go on without the others, in an era of their own.\n"
    "\n"
    "  - A change that only the missing nodes have is not in it. When they come back they\n"
    "    take over what was decided here; what they had instead is kept and listed by\n"
    "    'pmxctl conflicts', to be made again by hand.\n"
    "  - Where the missing nodes still run, cut off from here, both sides go on apart and\n"
    "    one of them loses its changes in that way. Make sure that they are off.\n"
    "  - Every node keeps the mark of it in the cluster log.\n"
    "\n"
    "If a missing node can be started, or its network mended, do that instead.\n";

void cluster_force_quorum_options(po::options_description& options) {
    options.add_options()("yes", "do not ask");
}

// How old the state is with which the cluster would go on.
void tell_last_change(const Invocation& invocation) {
    const auto answer = ask(invocation, "log", {{"limit", 1}});
    if (!answer || member(*answer, "changes").empty()) return;
    const json& last = member(*answer, "changes").front();
    std::cerr << "The last change that this node has is of "
              << local_time(static_cast<std::int64_t>(number_of(last, "time_ns"))) << " (index "
              << number_of(last, "index") << ").\n\n";
}

bool is_confirmed() {
    std::cerr << "\nType " << word << " to go on: " << std::flush;
    std::string line;
    return std::getline(std::cin, line) && line == word;
}

Result<ExitCode> run_cluster_force_quorum(const Invocation& invocation) {
    const auto status = status_of_member(invocation);
    if (!status) return fail(status.error());
    if (member(*status, "writable") == true) {
        return fail(Code::invalid_argument, "the store can be written: there is nothing to force");
    }
    std::cerr << "The store cannot be written: " << printable(text_of(*status, "read_only_reason"))
              << "\n\n";
    tell_last_change(invocation);
    std::cerr << explanation;
    if (!invocation.has("yes") && !is_confirmed()) {
        std::cerr << "nothing was changed\n";
        return ExitCode::failed;
    }
    const auto answer = ask(invocation, "force_quorum", json::object());
    if (!answer) return fail(answer.error());
    if (invocation.json) {
        print_json(*answer);
    } else {
        std::cout << "the store can be written again, in view "
                  << printable(text_of(*answer, "view"))
                  << "; the mark in the cluster log is at index " << number_of(*answer, "index")
                  << "\n";
    }
    return ExitCode::ok;
}

}  // namespace

const Command cluster_force_quorum_command{
    .name = "cluster force-quorum",
    .arguments = "[--yes]",
    .summary = "let the last surviving nodes go on without the others",
    .details = "Says what is lost with it, and asks first.\n",
    .positional = nullptr,
    .add_options = cluster_force_quorum_options,
    .run = run_cluster_force_quorum,
};

}  // namespace pmx::pmxctl
