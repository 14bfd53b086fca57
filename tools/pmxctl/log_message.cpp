#include <utility>

#include "tools/pmxctl/ask.h"

namespace po = boost::program_options;

namespace pmx::pmxctl {
namespace {

void log_message_options(po::options_description& options) {
    auto add = options.add_options();
    add("ident", po::value<std::string>()->value_name("NAME"), "the program (default pmxctl)");
    add("user", po::value<std::string>()->value_name("NAME"), "who (default root)");
    add("severity", po::value<std::uint64_t>()->value_name("0..7"),
        "syslog's: 3 error, 4 warning, 6 info (default)");
}

Result<ExitCode> run_log_message(const Invocation& invocation) {
    if (!invocation.has("text")) return usage_error("log-message needs a TEXT");
    nlohmann::json arguments = {{"text", invocation.get<std::string>("text")}};
    for (const char* name : {"ident", "user"}) {
        if (invocation.has(name)) arguments[name] = invocation.get<std::string>(name);
    }
    if (invocation.has("severity")) {
        arguments["severity"] = invocation.get<std::uint64_t>("severity");
    }
    return ask_for_change(invocation, "log_message", std::move(arguments));
}

}  // namespace

const Command log_message_command{
    .name = "log-message",
    .arguments = "[--ident NAME] [--user NAME] [--severity 0..7] TEXT",
    .summary = "write a line to .clusterlog, which all nodes show",
    .details = "",
    .positional = "text",
    .add_options = log_message_options,
    .run = run_log_message,
};

}  // namespace pmx::pmxctl
