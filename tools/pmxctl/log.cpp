#include <iostream>

#include "tools/pmxctl/ask.h"
#include "tools/pmxctl/human.h"
#include "tools/pmxctl/table.h"

namespace po = boost::program_options;

namespace pmx::pmxctl {
namespace {

using nlohmann::json;

void log_options(po::options_description& options) {
    auto add = options.add_options();
    add("limit,n", po::value<std::uint64_t>()->value_name("N"), "at most N changes (default 100)");
    add("before", po::value<std::uint64_t>()->value_name("INDEX"),
        "only what is older than this index");
}

std::string user_of(const json& change) {
    const char* key = member(change, "login_uid").is_number() ? "login_uid" : "uid";
    return user_name(static_cast<std::uint32_t>(number_of(change, key)));
}

std::string path_of(const json& change) {
    const std::string slash = text_of(change, "kind") == "directory" ? "/" : "";
    const std::string path = text_of(change, "path") + slash;
    const std::string old_path = text_of(change, "old_path");
    return old_path.empty() ? path : old_path + slash + " -> " + path;
}

std::string what_of(const json& change) {
    const std::string mode = text_of(change, "mode");
    if (mode.empty()) return text_of(change, "change");
    return "mode " + mode + (member(change, "root_group") == true ? " group root" : "");
}

void print_changes(const json& changes) {
    Table table({{"INDEX", true},
                 {"TIME"},
                 {"NODE"},
                 {"USER"},
                 {"PROGRAM"},
                 {"WHAT"},
                 {"SIZE", true},
                 {"PATH"}});
    for (const json& change : changes) {
        const bool is_file = text_of(change, "kind") == "file";
        const std::string program =
            text_of(change, "program") + "[" + std::to_string(number_of(change, "pid")) + "]";
        table.add({std::to_string(number_of(change, "index")),
                   local_time(static_cast<std::int64_t>(number_of(change, "time_ns"))),
                   node_name_of(change), user_of(change), program, what_of(change),
                   is_file ? bytes_text(number_of(change, "size")) : "", path_of(change)});
    }
    table.print(std::cout);
}

Result<ExitCode> run_log(const Invocation& invocation) {
    json arguments = json::object();
    if (invocation.has("path")) arguments["path"] = invocation.get<std::string>("path");
    if (invocation.has("limit")) arguments["limit"] = invocation.get<std::uint64_t>("limit");
    if (invocation.has("before")) arguments["before"] = invocation.get<std::uint64_t>("before");
    const auto answer = ask(invocation, "log", std::move(arguments));
    if (!answer) return fail(answer.error());
    if (invocation.json) {
        print_json(*answer);
    } else if (member(*answer, "changes").empty()) {
        std::cout << "no changes\n";
    } else {
        print_changes(member(*answer, "changes"));
    }
    return ExitCode::ok;
}

}  // namespace

const Command log_command{
    .name = "log",
    .arguments = "[PATH] [-n N] [--before INDEX]",
    .summary = "what was changed, by whom, from where, the newest first",
    .details =
        "PATH is a file, or a directory with all below it: as under the mount "
        "(/etc/pve/users.cfg)\n"
        "or from its root (users.cfg). One that was removed still has its history. USER is who\n"
        "logged in, also behind sudo; where nobody did, whom the program ran as.\n",
    .positional = "path",
    .add_options = log_options,
    .run = run_log,
};

}  // namespace pmx::pmxctl
