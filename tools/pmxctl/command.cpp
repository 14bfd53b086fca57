#include "tools/pmxctl/command.h"

#include <array>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "tools/pmxctl/ask.h"

namespace po = boost::program_options;

namespace pmx::pmxctl {
namespace {

constexpr std::string_view default_run_directory = "/run/pmxcfs-lite";

constexpr std::string_view exit_codes =
    "Exit codes: 0 ok, 1 failed or something was found, 2 wrong usage, 3 not permitted,\n"
    "4 timed out. With --json an error is {\"error\": {\"code\", \"message\"}} on standard "
    "output.\n";

po::options_description global_options() {
    po::options_description options("Options everywhere");
    auto add = options.add_options();
    add("run", po::value<std::string>()->value_name("DIR"),
        "where the daemon's socket is (default /run/pmxcfs-lite)");
    add("json", "print for machines");
    add("help", "what there is, or with a command: how to use it");
    add("version", "print the version");
    return options;
}

void print_help() {
    std::cout << "Usage: pmxctl [--run DIR] [--json] COMMAND [ARGUMENT...]\n\n"
                 "Asks the store that pmxcfs-lite serves, or a stopped one's files.\n\n";
    std::size_t width = 0;
    for (const Command& command : commands())
        width = std::max(width, command.name.size() + 2);
    for (const Command& command : commands()) {
        std::cout << "  " << command.name << std::string(width - command.name.size(), ' ')
                  << command.summary << "\n";
    }
    std::cout << "\npmxctl COMMAND --help tells more about each.\n\n"
              << global_options() << "\n"
              << exit_codes;
}

void print_help(const Command& command, const po::options_description& options) {
    std::cout << "Usage: pmxctl " << command.name << " " << command.arguments << "\n\n"
              << command.summary << ".\n";
    if (!command.details.empty()) std::cout << "\n" << command.details;
    if (!options.options().empty()) std::cout << "\n" << options;
    std::cout << "\n" << global_options() << "\n" << exit_codes;
}

// Where the command is: after the options that stand before it.
std::size_t command_position(std::span<const std::string> arguments) {
    std::size_t at = 0;
    while (at < arguments.size() && arguments[at].starts_with('-')) {
        at += arguments[at] == "--run" ? 2U : 1U;
    }
    return std::min(at, arguments.size());
}

const Command* find_command(std::string_view name) {
    for (const Command& command : commands()) {
        if (command.name == name) return &command;
    }
    return nullptr;
}

struct FoundCommand {
    const Command* command = nullptr;
    std::size_t words = 0;
};

FoundCommand find_command(std::span<const std::string> words) {
    for (const std::size_t count : {2U, 1U}) {
        if (words.size() < count) continue;
        const std::string name = count == 2 ? words[0] + " " + words[1] : words[0];
        if (const Command* command = find_command(name)) return {command, count};
    }
    return {};
}

po::variables_map parse(std::span<const std::string> words, const po::options_description& options,
                        const po::positional_options_description& positional) {
    // Without guessing: an abbreviation that works today is ambiguous with tomorrow's option.
    constexpr int style =
        po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::variables_map values;
    po::store(po::command_line_parser({words.begin(), words.end()})
                  .options(options)
                  .positional(positional)
                  .style(style)
                  .run(),
              values);
    return values;
}

ExitCode report(const Error& error, bool as_json) {
    if (as_json) {
        const nlohmann::json object = {
            {"error", {{"code", code_name(error.code())}, {"message", error.message()}}}};
        print_json(object);
    }
    std::cerr << "pmxctl: " << visible(error.message(), Newlines::kept) << "\n";
    return exit_code_of(error.code());
}

ExitCode run_command(const Command& command, std::span<const std::string> words,
                     const po::variables_map& global) {
    po::options_description own("Options");
    if (command.add_options != nullptr) command.add_options(own);
    po::options_description all;
    all.add(own).add(global_options());
    po::positional_options_description positional;
    if (command.positional != nullptr) {
        all.add_options()(command.positional, po::value<std::string>());
        positional.add(command.positional, 1);
    }
    const po::variables_map options = parse(words, all, positional);
    if (options.count("help") + global.count("help") > 0) {
        print_help(command, own);
        return ExitCode::ok;
    }
    const po::variables_map& run_from = options.count("run") > 0 ? options : global;
    Invocation invocation{.run_directory = std::string(default_run_directory),
                          .json = options.count("json") + global.count("json") > 0,
                          .options = options};
    if (run_from.count("run") > 0) invocation.run_directory = run_from["run"].as<std::string>();
    const auto code = command.run(invocation);
    return code ? *code : report(code.error(), invocation.json);
}

}  // namespace

std::span<const Command> commands() {
    static const std::array table{
        status_command,
        log_command,
        stat_command,
        txn_command,
        lock_list_command,
        sync_command,
        log_message_command,
        problems_command,
        recover_command,
        fsck_command,
        conflicts_command,
        conflicts_show_command,
        conflicts_apply_command,
        conflicts_forget_command,
        cluster_init_command,
        cluster_add_command,
        cluster_join_command,
        cluster_remove_command,
        cluster_force_quorum_command,
        corosync_conf_edit_command,
    };
    return table;
}

ExitCode usage_error(const std::string& message) {
    std::cerr << "pmxctl: " << visible(message) << " (pmxctl --help)\n";
    return ExitCode::usage;
}

ExitCode exit_code_of(Code code) {
    switch (code) {
        case Code::permission_denied:
        case Code::access_denied:
            return ExitCode::refused;
        case Code::timed_out:
            return ExitCode::timed_out;
        default:
            return ExitCode::failed;
    }
}

ExitCode run(std::span<const std::string> arguments) try {
    const std::size_t at = command_position(arguments);
    const po::variables_map global = parse(arguments.first(at), global_options(), {});
    if (global.count("version") > 0) {
        std::cout << "pmxctl " PMX_VERSION "\n";
        return ExitCode::ok;
    }
    const auto words = arguments.subspan(at);
    if (words.empty()) {
        if (global.count("help") == 0) return usage_error("no command was given");
        print_help();
        return ExitCode::ok;
    }
    const FoundCommand found = find_command(words);
    if (found.command == nullptr) return usage_error("there is no command '" + words[0] + "'");
    return run_command(*found.command, words.subspan(found.words), global);
} catch (const po::error& error) {
    return usage_error(error.what());
}

}  // namespace pmx::pmxctl
