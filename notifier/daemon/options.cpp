#include "notifier/daemon/options.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <sstream>

#include "base/host_name.h"

namespace pmx::notifier {
namespace {

namespace po = boost::program_options;

po::options_description description(Options& options) {
    po::options_description all("Options");
    auto add = all.add_options();
    add("foreground", po::bool_switch(&options.foreground),
        "stay attached and log to standard error");
    add("config-root",
        po::value(&options.config_root)->value_name("DIR")->default_value("/etc/pve"),
        "where notifications.cfg and the other files are");
    add("state",
        po::value(&options.state)->value_name("DIR")->default_value("/var/lib/pmx-notifier"),
        "outbox and spool");
    add("run", po::value(&options.run)->value_name("DIR")->default_value("/run/pmx-notifier"),
        "the socket of pmx-notify");
    add("sendmail",
        po::value(&options.sendmail)->value_name("PATH")->default_value("/usr/sbin/sendmail"),
        "the program that takes mails");
    add("node-name", po::value(&options.node_name)->value_name("NAME"),
        "name of this node in events (default: the host's name up to its first dot)");
    add("mail-host", po::value(&options.mail_host)->value_name("HOST"),
        "host of the address root@HOST, which mails are from (default: the host's name)");
    add("node-lost-after",
        po::value(&options.node_lost_after_s)->value_name("SECONDS")->default_value(60),
        "how long a node of the cluster is gone before that is told");
    add("help,h", po::bool_switch(&options.help), "print this help");
    add("version", po::bool_switch(&options.version), "print the version");
    return all;
}

// What may stand behind the @ of an address: no blank, no line's end.
bool is_mail_host(const std::string& name) {
    constexpr std::size_t max_bytes = 253;
    return name.size() <= max_bytes && std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '.';
           });
}

// The daemon leaves the directory it was started in.
std::string absolute(const std::string& path) {
    if (path.empty() || path.front() == '/') return path;
    std::array<char, 4096> here{};
    return ::getcwd(here.data(), here.size()) == nullptr ? path : here.data() + ("/" + path);
}

}  // namespace

Result<Options> parse_options(int argc, const char* const* argv) {
    constexpr int exact =
        po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    Options options;
    try {
        po::variables_map map;
        po::store(po::command_line_parser(argc, argv)
                      .options(description(options))
                      .positional({})
                      .style(exact)
                      .run(),
                  map);
        po::notify(map);
    } catch (const po::error& error) {
        return fail(Code::invalid_argument, error.what());
    }
    for (std::string* path :
         {&options.config_root, &options.state, &options.run, &options.sendmail}) {
        if (path->empty()) return fail(Code::invalid_argument, "a path is empty");
        *path = absolute(*path);
    }
    if (options.node_lost_after_s < 1) {
        return fail(Code::invalid_argument, "--node-lost-after: at least 1 second");
    }
    if (!is_mail_host(options.mail_host)) {
        return fail(Code::invalid_argument,
                    "--mail-host: '" + options.mail_host + "' is not the name of a host");
    }
    if (options.node_name.empty()) options.node_name = first_label(host_name());
    if (options.mail_host.empty()) options.mail_host = host_name();
    return options;
}

std::string help_text() {
    Options options;
    std::ostringstream text;
    text << "Usage: pmx-notifyd [OPTION]...\n"
            "Turns events into mails and push messages.\n\n"
         << description(options);
    return text.str();
}

}  // namespace pmx::notifier
