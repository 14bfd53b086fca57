// The numbers by which the kernel knows files.
//
// A tree inode has its own number (the root's is 1, as FUSE wants it). A file made by open(O_CREAT)
// has no inode yet: it gets a provisional number and keeps it until the kernel forgets it. Virtual
// files have numbers of their own. None is ever used twice.
#pragma once

#include <cstdint>

namespace pmx::fuse {

using NodeIdValue = std::uint64_t;  // fuse_ino_t

inline constexpr NodeIdValue first_provisional = 1ULL << 62;
inline constexpr NodeIdValue first_virtual = 1ULL << 63;

constexpr bool is_virtual(NodeIdValue id) {
    return id >= first_virtual;
}
constexpr bool is_provisional(NodeIdValue id) {
    return id >= first_provisional && id < first_virtual;
}

}  // namespace pmx::fuse
