// The command line of pmxcfs-lite.
#pragma once

#include <chrono>
#include <string>
#include <variant>

namespace pmx::daemon {

struct Options {
    bool local = false;
    bool foreground = false;
    std::string mount;  // absolute, like the two below
    std::string state;
    std::string run;
    std::string node_name;
    std::string group;
    std::chrono::seconds write_timeout{30};
};

// The options, or the exit code of a program that has already said what there is to say.
std::variant<Options, int> parse_options(int argc, const char* const* argv);

}  // namespace pmx::daemon
