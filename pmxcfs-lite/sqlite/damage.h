// What was wrong with a database, what of it is served, and where it lies now.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pmx::sqlite {

struct Damage {
    std::vector<std::string> problems;  // what was found, a sentence each; never empty
    std::vector<std::string> lost;      // files, entries and records, named as far as can be told
    std::uint64_t whole_files = 0;      // what is served
    std::uint64_t whole_directories = 0;
    std::string set_aside;     // the directory that holds the damaged files; empty: not moved
    bool confirmable = false;  // confirm_recovery() makes what is served writable

    friend bool operator==(const Damage&, const Damage&) = default;
};

// The whole of it in a sentence or two for a log line; the lists are for `pmxctl recover`.
std::string summary(const Damage& damage);

std::string encode(const Damage& damage);
Result<Damage> decode_damage(std::string_view bytes);

}  // namespace pmx::sqlite
