// What is wrong with a configuration file: where, and why. Never holds a secret.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pmx::schema {

struct Problem {
    std::string file;  // as a path in the mount: "priv/notifications.cfg"
    int line = 0;      // from 1; 0 when it is about the whole file
    std::string reason;
    friend bool operator==(const Problem&, const Problem&) = default;
};

// "notifications.cfg:12: gotify 'phone': property 'server' is missing"
std::string to_string(const Problem& problem);

// How a name stands in a message: 'phone'.
std::string in_quotes(std::string_view name);

// What a file says, as far as it can be read, and all that is wrong with it.
template <typename Values>
struct Parsed {
    Values values;
    std::vector<Problem> problems;  // in the order of the lines
};

}  // namespace pmx::schema
