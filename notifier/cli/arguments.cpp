#include "notifier/cli/arguments.h"

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <sstream>
#include <utility>

#include "notifier/cli/subcommand.h"

namespace pmx::notifier {
namespace {

namespace po = boost::program_options;

struct Command {
    const char* name;
    const char* usage;
    const char* what;
};

constexpr std::array commands = {
    Command{"send", "send --type TYPE [OPTION]...", "send an event and print its id"},
    Command{"test", "test TARGET", "send a test message to a target or a group"},
    Command{"explain", "explain --type TYPE [OPTION]...",
            "say where an event would go and why, without sending it"},
    Command{"targets", "targets", "list targets with their health"},
    Command{"queue", "queue [retry ID]", "list what waits or was given up; try one again"},
    Command{"history", "history [--event ID] [--target TARGET]",
            "list events and what became of them"},
    Command{"metrics", "metrics [--textfile FILE]",
            "print what Prometheus reads: what waits, was delivered or given up, by target"},
};

const Command* find_command(const std::string& name) {
    const auto* found = std::find_if(commands.begin(), commands.end(),
                                     [&](const Command& command) { return command.name == name; });
    return found == commands.end() ? nullptr : found;
}

// Optional values are collected as lists: the last one counts.
struct Raw {
    std::vector<std::string> act_as, target, severity, title, body, body_file, data, job, event_id,
        textfile, wait, operands;
};

po::typed_value<std::vector<std::string>>* text(std::vector<std::string>& into, const char* name) {
    return po::value(&into)->value_name(name);
}

void add_event_options(po::options_description& all, Arguments& arguments, Raw& raw) {
    auto add = all.add_options();
    add("type", po::value(&arguments.type)->value_name("TYPE"),
        "package-updates, fencing, replication, vzdump, or a type of your own");
    add("severity", text(raw.severity, "S"), "info, notice, warning or error");
    add("title", text(raw.title, "TITLE"), "subject line");
    add("body", text(raw.body, "TEXT"), "message");
    add("body-file", text(raw.body_file, "FILE"), "read the message from a file ('-': stdin)");
    add("data", text(raw.data, "FILE"),
        "structured data as JSON ('-': stdin); title and message are made from it");
    add("field", po::value(&arguments.fields)->value_name("K=V"), "a field; may be repeated");
    add("target", text(raw.target, "NAME"), "instead of the target that is configured");
    add("job", text(raw.job, "ID"), "the backup job of jobs.cfg whose settings apply");
    add("event-id", text(raw.event_id, "ID"), "the event's id; the same id is one event");
}

po::options_description description(const std::string& command, Arguments& arguments, Raw& raw) {
    po::options_description all("Options");
    if (command == "send" || command == "explain") add_event_options(all, arguments, raw);
    auto add = all.add_options();
    if (command == "send") {
        add("cluster", po::bool_switch(&arguments.cluster),
            "it concerns the cluster: sent on several nodes with one --event-id, it is delivered "
            "once (root only)");
        add("wait", text(raw.wait, "SECONDS")->implicit_value({std::string()}, "until tried"),
            "wait until every delivery was tried; with =SECONDS until each is done or given up");
    }
    if (command == "history") {
        add("event", text(raw.event_id, "ID"), "one event, with all there is to know of it");
        add("target", text(raw.target, "NAME"), "of this target only");
    }
    if (command == "metrics") {
        add("textfile", text(raw.textfile, "FILE"),
            "replace FILE in one step, for the textfile collector (NAME.prom)");
    }
    add("as", text(raw.act_as, "USER"), "act for user@realm or user@realm!token (root only)");
    add("run", po::value(&arguments.run)->value_name("DIR"), "the daemon's run directory");
    add("json", po::bool_switch(), "print JSON");
    add("help,h", po::bool_switch(), "print this help");
    return all;
}

void take_last(const std::vector<std::string>& values, std::optional<std::string>& into) {
    if (!values.empty()) into = values.back();
}

Result<void> take_operands(const std::vector<std::string>& operands, Arguments& arguments) {
    const std::string& command = arguments.command;
    if (command == "test") {
        if (operands.size() != 1) return fail(Code::invalid_argument, "test: name one target");
        arguments.target = operands.front();
        return {};
    }
    if (command == "queue" && !operands.empty()) {
        if (operands.size() != 2 || operands.front() != "retry") {
            return fail(Code::invalid_argument, "queue: the one thing to do is 'retry ID'");
        }
        auto id = parse_whole_number(operands.back(), "delivery");
        if (!id) return fail(id.error());
        arguments.retry = *id;
        return {};
    }
    if (operands.empty()) return {};
    return fail(Code::invalid_argument, command + ": '" + operands.front() + "' is too much");
}

Result<void> check(const Arguments& arguments) {
    if (arguments.command != "send" && arguments.command != "explain") return {};
    if (arguments.type.empty()) {
        return fail(Code::invalid_argument, arguments.command + ": --type is missing");
    }
    if (arguments.body && arguments.body_file) {
        return fail(Code::invalid_argument, "--body and --body-file exclude each other");
    }
    if (arguments.body_file == "-" && arguments.data_file == "-") {
        return fail(Code::invalid_argument, "only one of --body-file and --data can be '-'");
    }
    return {};
}

Result<void> take_values(const Raw& raw, Arguments& arguments) {
    take_last(raw.act_as, arguments.act_as);
    take_last(raw.target, arguments.target);
    take_last(raw.severity, arguments.severity);
    take_last(raw.title, arguments.title);
    take_last(raw.body, arguments.body);
    take_last(raw.body_file, arguments.body_file);
    take_last(raw.data, arguments.data_file);
    take_last(raw.job, arguments.job);
    take_last(raw.event_id, arguments.event_id);
    take_last(raw.textfile, arguments.textfile);
    arguments.wait = !raw.wait.empty();
    if (arguments.wait && !raw.wait.back().empty()) {
        auto seconds = parse_whole_number(raw.wait.back(), "--wait");
        if (!seconds) return fail(seconds.error());
        arguments.wait_s = *seconds;
    }
    return take_operands(raw.operands, arguments);
}

// The options before the command; its position.
Result<std::size_t> take_leading(const std::vector<std::string>& words, Arguments& arguments) {
    std::size_t at = 0;
    for (; at < words.size() && words[at].starts_with('-'); ++at) {
        const std::string& word = words[at];
        if (word == "--json") {
            arguments.json = true;
        } else if (word == "--help" || word == "-h") {
            arguments.help = true;
        } else if (word == "--version") {
            arguments.version = true;
        } else if (word.starts_with("--run=")) {
            arguments.run = word.substr(6);
        } else if (word == "--run" && at + 1 < words.size()) {
            arguments.run = words[++at];
        } else {
            return fail(Code::invalid_argument, "unrecognised option '" + word + "'");
        }
    }
    return at;
}

}  // namespace

Result<Arguments> parse_arguments(const std::vector<std::string>& words) {
    Arguments arguments;
    auto at = take_leading(words, arguments);
    if (!at) return fail(at.error());
    if (*at == words.size()) {
        if (arguments.help || arguments.version) return arguments;
        return fail(Code::invalid_argument, "which command?");
    }
    arguments.command = words[*at];
    if (find_subcommand(arguments.command) != nullptr) {
        arguments.rest.assign(words.begin() + static_cast<std::ptrdiff_t>(*at) + 1, words.end());
        if (std::exchange(arguments.help, false)) arguments.rest.emplace_back("--help");
        return arguments;
    }
    if (find_command(arguments.command) == nullptr) {
        return fail(Code::invalid_argument, "unknown command '" + arguments.command + "'");
    }
    Raw raw;
    try {
        auto options = description(arguments.command, arguments, raw);
        options.add_options()("operand", po::value(&raw.operands));
        po::positional_options_description positional;
        positional.add("operand", -1);
        const std::vector<std::string> rest(words.begin() + static_cast<std::ptrdiff_t>(*at) + 1,
                                            words.end());
        constexpr int exact =
            po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
        po::variables_map map;
        po::store(po::command_line_parser(rest)
                      .options(options)
                      .positional(positional)
                      .style(exact)
                      .run(),
                  map);
        po::notify(map);
        arguments.json = arguments.json || map["json"].as<bool>();
        arguments.help = arguments.help || map["help"].as<bool>();
    } catch (const po::error& error) {
        return fail(Code::invalid_argument, arguments.command + ": " + error.what());
    }
    if (arguments.help) return arguments;
    if (auto taken = take_values(raw, arguments); !taken) return fail(taken.error());
    if (auto checked = check(arguments); !checked) return fail(checked.error());
    return arguments;
}

std::string help_text(const std::string& command) {
    std::ostringstream out;
    if (const Command* found = find_command(command)) {
        Arguments arguments;
        Raw raw;
        out << "Usage: pmx-notify [--run DIR] [--json] " << found->usage << "\nTo " << found->what
            << ".\n\n"
            << description(command, arguments, raw);
    } else {
        out << "Usage: pmx-notify [--run DIR] [--json] COMMAND\n\nCommands:\n";
        const auto row = [&](std::string usage, const char* what) {
            usage.resize(std::max<std::size_t>(usage.size() + 1, 32), ' ');
            out << "  " << usage << what << "\n";
        };
        for (const Command& each : commands)
            row(each.usage, each.what);
        for (const Subcommand& each : subcommands())
            row(each.usage, each.what);
        out << "\n'pmx-notify COMMAND --help' tells the options of a command.\n";
    }
    out << "\nExit status: 0 done, 1 failed, 2 bad usage, 3 refused (permission).\n";
    return out.str();
}

}  // namespace pmx::notifier
