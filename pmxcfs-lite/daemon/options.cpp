#include "daemon/options.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <filesystem>
#include <iostream>

#include "base/host_name.h"

namespace pmx::daemon {
namespace {

namespace po = boost::program_options;

constexpr int exit_usage = 2;

po::options_description describe(Options& options, long& write_timeout_s) {
    po::options_description description("Options");
    auto add = description.add_options();
    add("local", po::bool_switch(&options.local), "one node alone, whatever corosync says");
    add("foreground,f", po::bool_switch(&options.foreground),
        "stay attached, log to standard error");
    add("mount", po::value(&options.mount)->default_value("/etc/pve")->value_name("DIR"),
        "where the files appear");
    add("state",
        po::value(&options.state)->default_value("/var/lib/pmxcfs-lite")->value_name("DIR"),
        "where the database is");
    add("run", po::value(&options.run)->default_value("/run/pmxcfs-lite")->value_name("DIR"),
        "where the control socket is");
    add("corosync-dir",
        po::value(&options.corosync_directory)->default_value("/etc/corosync")->value_name("DIR"),
        "where corosync reads corosync.conf, which the cluster's takes the place of");
    add("node-name", po::value(&options.node_name)->value_name("NAME"),
        "this node's name in nodes/ (default: the host name up to its first dot)");
    add("group", po::value(&options.group)->default_value("www-data")->value_name("NAME"),
        "the group that may read what is not private");
    add("write-timeout",
        po::value(&write_timeout_s)
            ->default_value(options.write_timeout.count())
            ->value_name("SECONDS"),
        "how long a save waits for quorum that went while the file was open");
    add("help,h", "show this");
    add("version,V", "show the version");
    return description;
}

int usage_error(const std::string& what) {
    std::cerr << "pmxcfs-lite: " << what << "\nTry 'pmxcfs-lite --help'.\n";
    return exit_usage;
}

std::string problem_with(const Options& options, long write_timeout_s) {
    if (write_timeout_s < 1 || write_timeout_s > 3600) {
        return "--write-timeout must be between 1 and 3600 seconds";
    }
    if (!is_host_name(options.node_name)) {
        return "'" + options.node_name +
               "' cannot be a node's name: letters, digits and '-', at most 63; give one with "
               "--node-name";
    }
    if (options.mount.empty() || options.state.empty() || options.run.empty() ||
        options.corosync_directory.empty()) {
        return "a directory must not be empty";
    }
    return {};
}

}  // namespace

bool is_host_name(const std::string& name) {
    const auto is_letter_or_digit = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !name.empty() && name.size() <= 63 && is_letter_or_digit(name.front()) &&
           is_letter_or_digit(name.back()) && std::all_of(name.begin(), name.end(), [&](char c) {
               return is_letter_or_digit(c) || c == '-';
           });
}

std::variant<Options, int> parse_options(int argc, const char* const* argv) {
    // What is abbreviated today is ambiguous once a second option begins so.
    constexpr int exact =
        po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    Options options;
    options.node_name = first_label(host_name());
    long write_timeout_s = 0;
    const po::options_description description = describe(options, write_timeout_s);
    po::variables_map values;
    try {
        po::store(po::command_line_parser(argc, argv)
                      .options(description)
                      .positional({})
                      .style(exact)
                      .run(),
                  values);
        if (values.count("help") != 0) {
            std::cout << "Usage: pmxcfs-lite [OPTION]...\n"
                         "Serve a directory of configuration files, kept in a database and "
                         "replicated between nodes.\n\n"
                      << description;
            return 0;
        }
        if (values.count("version") != 0) {
            std::cout << "pmxcfs-lite " PMX_VERSION "\n";
            return 0;
        }
        po::notify(values);
    } catch (const po::error& error) {
        return usage_error(error.what());
    }
    if (const std::string problem = problem_with(options, write_timeout_s); !problem.empty()) {
        return usage_error(problem);
    }
    options.write_timeout = std::chrono::seconds(write_timeout_s);
    // A detached daemon leaves the directory it was started in.
    for (std::string* directory :
         {&options.mount, &options.state, &options.run, &options.corosync_directory}) {
        *directory = std::filesystem::absolute(*directory).lexically_normal().string();
    }
    return options;
}

}  // namespace pmx::daemon
