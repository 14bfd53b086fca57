// The numbers by which the kernel knows files.
//
// A tree inode has its own number (the root's is 1, as FUSE wants it). A file made by open(O_CREAT)
// has no inode yet: it gets a provisional number and keeps it as long as it is mounted, so that
// programs see one st_ino before the commit and after. Virtual files have numbers of their own.
// None is ever used twice, and all fit into a double, which is what JavaScript takes them for.
#pragma once

#include <cstdint>

namespace pmx::fuse {

using NodeIdValue = std::uint64_t;  // fuse_ino_t

inline constexpr NodeIdValue first_provisional = 1ULL << 52;  // no log gets so long
inline constexpr NodeIdValue first_virtual = first_provisional + (1ULL << 51);

constexpr bool is_virtual(NodeIdValue id) {
    return id >= first_virtual;
}
constexpr bool is_provisional(NodeIdValue id) {
    return id >= first_provisional && id < first_virtual;
}

}  // namespace pmx::fuse
