// What the control socket may ask of a store that came up with a damaged database. The daemon
// implements it; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace pmx::control {

struct Diagnosis {
    std::string summary;                // a sentence or two for a person
    std::vector<std::string> problems;  // what was found, a sentence each
    std::string set_aside;              // the directory that keeps the damaged database
    std::uint64_t whole_files = 0;      // files that are as they were saved
    std::vector<std::string> lost;      // paths, or what can be said of what is lost
    bool confirmable = true;            // confirm() can make what is served writable
};

class Recovery {
  public:
    virtual ~Recovery() = default;
    // Nothing once there is nothing to recover (any more).
    [[nodiscard]] virtual std::optional<Diagnosis> describe() const = 0;
    // The administrator accepts what is whole: the store becomes writable, on disk and now.
    virtual Result<void> confirm() = 0;
};

}  // namespace pmx::control
