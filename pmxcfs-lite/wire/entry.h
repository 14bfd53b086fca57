// A log entry, and the chain of hashes that makes two logs comparable at one place.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/sha256.h"

namespace pmx::wire {

// Values are on disk and on the wire: never renumber.
enum class EntryKind : std::uint8_t {
    change = 1,   // op is a tree operation
    first = 2,    // a view's opening entry; op is empty
    voters = 3,   // op is a voter list (replica/voters.h)
    barrier = 4,  // answers `pmxctl sync`; op is empty
    expire = 5,   // op is a tree::ExpireLock, made by the leader
    level = 6,    // op is the new level as u32
};

// Who asked for a change, as the kernel told the origin.
struct Actor {
    std::uint32_t uid = 0;
    std::uint32_t login_uid = 0xffffffff;  // /proc/PID/loginuid; all ones: never logged in
    std::int32_t pid = 0;                  // of the process, not the thread
    std::string program;                   // /proc/PID/comm, at most max_program_bytes
    friend bool operator==(const Actor&, const Actor&) = default;
};
inline constexpr std::size_t max_program_bytes = 64;

// When and by whom, as entries, drafts and what lost out have it written.
void put_origin(ByteWriter& out, WallTime time, const Actor& actor);
void get_origin(ByteReader& in, WallTime& time, Actor& actor);

using Chain = Sha256;  // all zero before the first entry

struct Entry {
    LogIndex index;
    View view;
    EntryKind kind = EntryKind::change;
    RequestId request;  // of the origin; all zero for what the leader itself orders
    WallTime time;      // the origin's
    Actor actor;
    std::string op;
    Chain chain{};  // covers this entry and, through it, all before
    friend bool operator==(const Entry&, const Entry&) = default;
};

// Entries are shared, never copied, between the loop, the disk and the network.
using EntryPtr = std::shared_ptr<const Entry>;

// A file of 4 MiB in many small edits still fits; what is larger is refused before it is sent.
inline constexpr std::size_t max_op_bytes = 8U << 20;

Chain chain_after(const Chain& before, const Entry& entry);

// Without the chain, which whoever stores it keeps beside.
std::string encode(const Entry& entry);
Result<Entry> decode_entry(std::string_view bytes);

}  // namespace pmx::wire
