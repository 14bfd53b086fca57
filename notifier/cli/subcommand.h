// The commands that have a parser of their own: one file each, one row in subcommands().
#pragma once

#include <boost/program_options.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace pmx::notifier {

// What every command takes, before its name or after it.
struct CommonOptions {
    std::string run;  // the daemon's run directory
    bool json = false;
    std::optional<std::string> act_as;
};

struct Subcommand {
    const char* name;
    const char* usage;
    const char* what;  // "to WHAT": the rest of a sentence
    // `words` is what follows the name. Prints what is to be printed; the exit status.
    int (*run)(const Subcommand& self, const CommonOptions& common,
               const std::vector<std::string>& words);
};

const std::vector<Subcommand>& subcommands();
const Subcommand* find_subcommand(const std::string& name);

struct ParsedWords {
    CommonOptions common;
    boost::program_options::variables_map values;
    std::vector<std::string> operands;

    [[nodiscard]] bool has(const char* option) const { return values.count(option) > 0; }
    // The last value of an option declared with text_option().
    [[nodiscard]] std::optional<std::string> text(const char* option) const;
    [[nodiscard]] std::vector<std::string> all(const char* option) const;
};

// A value that may be given more than once; which of them counts is the command's business.
boost::program_options::typed_value<std::vector<std::string>>* text_option(const char* value_name);

// Nothing where help was asked for and printed. Code::invalid_argument: bad usage.
Result<std::optional<ParsedWords>> parse_words(
    const Subcommand& self, const CommonOptions& common, const std::vector<std::string>& words,
    const boost::program_options::options_description& options);

// "TEXT" as a whole number; `what` names it in the error.
Result<std::int64_t> parse_whole_number(const std::string& text, const std::string& what);

// A file's content, or standard input's for "-". Code::invalid_argument where it cannot be read: it
// is the caller's mistake, as any bad argument.
Result<std::string> read_input(const std::string& name, std::size_t limit);

}  // namespace pmx::notifier
