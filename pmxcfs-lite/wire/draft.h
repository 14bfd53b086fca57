// What an entry says, before the leader has given it its place in the log.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "wire/entry.h"

namespace pmx::wire {

struct Draft {
    EntryKind kind = EntryKind::change;
    WallTime time;
    Actor actor;
    std::string op;
    friend bool operator==(const Draft&, const Draft&) = default;
};

inline constexpr std::size_t max_draft_bytes = max_op_bytes + 256;  // encoded

std::string encode(const Draft& draft);
Result<Draft> decode_draft(std::string_view bytes);

}  // namespace pmx::wire
