// Strong types for everything that is counted or named across the system.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>

namespace pmx {

// Value wrapped so that two kinds of number cannot be confused. Tag is any incomplete type.
template <typename Tag, typename Value>
struct StrongId {
    Value value{};

    constexpr StrongId() = default;
    constexpr explicit StrongId(Value v) : value(v) {}
    friend constexpr auto operator<=>(const StrongId&, const StrongId&) = default;
};

using NodeId = StrongId<struct NodeIdTag, std::uint32_t>;      // corosync's; 1 on a node alone
using LogIndex = StrongId<struct LogIndexTag, std::uint64_t>;  // first entry is 1; 0: before it
using Inode = StrongId<struct InodeTag, std::uint64_t>;        // tree/tree.h says how it is made
using Boot = StrongId<struct BootTag, std::uint64_t>;          // random, drawn at daemon start

constexpr LogIndex next(LogIndex index) {
    return LogIndex(index.value + 1);
}

struct DiskId {  // random, made with the database
    std::array<std::uint8_t, 16> bytes{};
    friend auto operator<=>(const DiskId&, const DiskId&) = default;
};

struct ClusterId {  // random, made with the cluster; all zero: belongs to none yet
    std::array<std::uint8_t, 16> bytes{};
    friend auto operator<=>(const ClusterId&, const ClusterId&) = default;
};

// One change asked for by one daemon run. The same change proposed again keeps its id, which is
// how it happens exactly once.
struct RequestId {
    NodeId node;
    Boot boot;
    std::uint64_t sequence = 0;
    friend auto operator<=>(const RequestId&, const RequestId&) = default;
};

// Grows only where quorum was granted to fewer than a majority of the voters.
struct Era {
    std::uint64_t count = 0;
    DiskId founder;
    friend auto operator<=>(const Era&, const Era&) = default;
};

// A leader's term, compared member by member in this order.
struct View {
    Era era;
    std::uint64_t number = 0;
    NodeId leader;
    friend auto operator<=>(const View&, const View&) = default;
};

std::string to_hex(const DiskId& id);
std::string to_hex(const ClusterId& id);
// "7@1" for view number 7 led by node 1; "2:7@1" in era 2.
std::string to_string(const View& view);

}  // namespace pmx
