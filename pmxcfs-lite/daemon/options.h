// The command line of pmxcfs-lite.
#pragma once

#include <chrono>
#include <string>
#include <variant>

namespace pmx::daemon {

struct Options {
    bool local = false;
    bool foreground = false;
    std::string mount;  // absolute, like the three below
    std::string state;
    std::string run;
    std::string corosync_directory;
    std::string node_name;
    std::string group;
    std::chrono::seconds write_timeout{30};
};

// One label of a host name (RFC 1123): what corosync, Proxmox and mail addresses take for a node.
bool is_host_name(const std::string& name);

// The options, or the exit code of a program that has already said what there is to say.
std::variant<Options, int> parse_options(int argc, const char* const* argv);

}  // namespace pmx::daemon
