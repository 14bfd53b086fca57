#include "tools/pmx-sim/options.h"

#include <boost/program_options.hpp>
#include <charconv>
#include <sstream>
#include <thread>

#include "tests/sim/mistakes.h"

namespace pmx::sim {
namespace {

namespace po = boost::program_options;

po::options_description describe() {
    po::options_description options("Options");
    auto add = options.add_options();
    add("seeds", po::value<std::string>()->value_name("A..B"), "runs of these seeds (1..2000)");
    add("nodes", po::value<std::size_t>()->value_name("N"), "of N nodes each, instead of 1 to 6");
    add("plan", po::value<std::string>()->value_name("KIND"),
        "all of one kind: majority, two-node, device or force");
    add("mistake", po::value<std::string>()->value_name("NAME"), "with this mistake planted");
    add("replay", po::value<std::uint64_t>()->value_name("SEED"), "one run, with what happens");
    add("processes", po::value<unsigned>()->value_name("N"), "at a time (as many as cores)");
    add("list-mistakes", "what can be planted, and in how many runs it must be found");
    add("help,h", "this text");
    return options;
}

bool parse_number(std::string_view text, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

Result<void> take_seeds(const std::string& text, Options& options) {
    const std::size_t dots = text.find("..");
    const std::string first = text.substr(0, dots);
    const std::string last = dots == std::string::npos ? first : text.substr(dots + 2);
    const bool ok = parse_number(first, options.first) && parse_number(last, options.last) &&
                    options.first <= options.last;
    if (!ok) return fail(Code::invalid_argument, "--seeds takes A..B, not \"" + text + "\"");
    return {};
}

Result<Options> take(const po::variables_map& given) {
    Options options;
    options.processes = std::max(1U, std::thread::hardware_concurrency());
    options.help = given.contains("help");
    options.list_mistakes = given.contains("list-mistakes");
    if (given.contains("seeds")) {
        if (auto taken = take_seeds(given["seeds"].as<std::string>(), options); !taken) {
            return fail(taken.error());
        }
    }
    if (given.contains("replay")) options.replay = given["replay"].as<std::uint64_t>();
    if (given.contains("processes")) options.processes = given["processes"].as<unsigned>();
    if (given.contains("nodes")) {
        options.plan.nodes = given["nodes"].as<std::size_t>();
        if (*options.plan.nodes < 1 || *options.plan.nodes > max_nodes) {
            return fail(Code::invalid_argument, "--nodes takes 1 to " + std::to_string(max_nodes));
        }
    }
    if (given.contains("plan")) {
        const std::string name = given["plan"].as<std::string>();
        options.plan.kind = plan_kind_named(name);
        if (!options.plan.kind) return fail(Code::invalid_argument, "no plan is called " + name);
    }
    if (!possible(options.plan)) {
        return fail(Code::invalid_argument,
                    "two-node is for 2 nodes, device for an even number of them");
    }
    if (given.contains("mistake")) {
        const std::string name = given["mistake"].as<std::string>();
        const auto mistake = mistake_named(name);
        if (!mistake) {
            return fail(Code::invalid_argument,
                        "no mistake is called " + name + "; see --list-mistakes");
        }
        options.mistake = mistake->mistake;
        options.judged = mistake->found_by;
    }
    return options;
}

}  // namespace

Result<Options> parse_options(int argc, const char* const* argv) {
    try {
        po::variables_map given;
        // No positional argument is known: one that is given is an error.
        const po::positional_options_description none;
        constexpr int exact =
            po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
        po::store(po::command_line_parser(argc, argv)
                      .options(describe())
                      .positional(none)
                      .style(exact)
                      .run(),
                  given);
        return take(given);
    } catch (const po::error& error) {
        return fail(Code::invalid_argument, error.what());
    }
}

std::string usage() {
    std::ostringstream text;
    text
        << "Usage: pmx-sim [OPTION]...\n"
           "Runs clusters of the replicated store against faults, one from each seed, and exits 1\n"
           "on the first seed whose run breaks a promise.\n\n"
        << describe();
    return text.str();
}

}  // namespace pmx::sim
