#include "notifier/cli/subcommand.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iostream>

#include "base/file.h"

namespace pmx::notifier {

namespace po = boost::program_options;

const Subcommand* find_subcommand(const std::string& name) {
    const auto& all = subcommands();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const Subcommand& each) { return each.name == name; });
    return found == all.end() ? nullptr : &*found;
}

std::vector<std::string> ParsedWords::all(const char* option) const {
    return has(option) ? values[option].as<std::vector<std::string>>() : std::vector<std::string>();
}

std::optional<std::string> ParsedWords::text(const char* option) const {
    auto given = all(option);
    if (given.empty()) return std::nullopt;
    return std::move(given.back());
}

po::typed_value<std::vector<std::string>>* text_option(const char* value_name) {
    return po::value<std::vector<std::string>>()->value_name(value_name);
}

Result<std::optional<ParsedWords>> parse_words(const Subcommand& self, const CommonOptions& common,
                                               const std::vector<std::string>& words,
                                               const po::options_description& options) {
    po::options_description general("For every command");
    auto add = general.add_options();
    add("as", text_option("USER"), "act for user@realm or user@realm!token (root only)");
    add("run", text_option("DIR"), "the daemon's run directory");
    add("json", "print JSON");
    add("help,h", "print this help");
    po::options_description all;
    all.add(options).add(general);
    po::options_description with_operands = all;
    with_operands.add_options()("operand", text_option("WORD"));
    po::positional_options_description positional;
    positional.add("operand", -1);
    constexpr int exact =
        po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    ParsedWords parsed{common, {}, {}};
    try {
        po::store(po::command_line_parser(words)
                      .options(with_operands)
                      .positional(positional)
                      .style(exact)
                      .run(),
                  parsed.values);
    } catch (const po::error& error) {
        return fail(Code::invalid_argument, std::string(self.name) + ": " + error.what());
    }
    if (parsed.has("help")) {
        std::cout << "Usage: pmx-notify [--run DIR] [--json] " << self.usage << "\nTo " << self.what
                  << ".\n\n"
                  << all
                  << "\nExit status: 0 done, 1 failed, 2 bad usage, 3 refused (permission).\n";
        return std::nullopt;
    }
    parsed.common.json = common.json || parsed.has("json");
    parsed.common.run = parsed.text("run").value_or(common.run);
    if (parsed.has("as")) parsed.common.act_as = parsed.text("as");
    parsed.operands = parsed.all("operand");
    return parsed;
}

Result<std::int64_t> parse_whole_number(const std::string& text, const std::string& what) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stopped != end || value < 0) {
        return fail(Code::invalid_argument, what + " '" + text + "' is not a number");
    }
    return value;
}

Result<std::string> read_input(const std::string& name, std::size_t limit) {
    auto bytes =
        name == "-" ? read_all(STDIN_FILENO, limit, "standard input") : read_file(name, limit);
    if (!bytes) return fail(Code::invalid_argument, bytes.error().message());
    return bytes;
}

}  // namespace pmx::notifier
