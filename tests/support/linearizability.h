// Whether a history of reads and writes could have come from one copy of the data.
//
// Every key is a register. A history is linearizable when each operation can be given one instant
// between its call and its return, so that every read gives what was written last before it. Keys
// are judged one by one: a history is linearizable when each key's part of it is.
//
// Times are of any one clock that all clients share; operations whose times touch may have happened
// in either order. As text, one operation a line, fields parted by single spaces:
//
//   operation := client " " kind " " key " " value " " called " " returned
//   kind      := "read" | "write"
//   value     := what was read or written, without blanks; "-" for a key that is not there
//   returned  := a time, or "?": nobody knows whether it happened, or it still may
//
// A write that failed for certain is left out. A line that begins with '#' and an empty one say
// nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pmx::support {

struct Operation {
    enum class Kind : std::uint8_t { read, write };
    std::uint64_t client = 0;
    Kind kind = Kind::write;
    std::string key;
    std::string value;
    std::int64_t called = 0;
    std::optional<std::int64_t> returned;
    friend bool operator==(const Operation&, const Operation&) = default;
};

inline constexpr std::string_view absent_value = "-";  // of every key before its first write

std::string format(const Operation& operation);
// Code::invalid_argument names the line that is no operation.
Result<std::vector<Operation>> parse_history(std::string_view text);

// The first return, by time, that no order of the operations explains, in words; nothing when the
// history is linearizable. Operations may come in any order. Of a key where more than `max_states`
// would have to be tried at one time nothing is said: the search grows with the power of the
// operations that overlap.
std::optional<std::string> not_linearizable(
    const std::vector<Operation>& history,
    std::size_t max_states = std::numeric_limits<std::size_t>::max());

}  // namespace pmx::support
