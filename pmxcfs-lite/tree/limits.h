// The limits of level 1, enforced when a change is applied (and earlier where a caller can know).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace pmx::tree {

inline constexpr std::uint64_t max_file_bytes = 4ULL << 20;
inline constexpr std::uint64_t max_total_bytes = 512ULL << 20;
inline constexpr std::uint64_t max_inodes = 262'144;
inline constexpr std::size_t max_name_bytes = 255;
inline constexpr std::size_t max_depth = 64;  // keeps paths under PATH_MAX and walks bounded

// A lock that goes this long without renewal may be freed (Proxmox's clients rely on 120 s).
inline constexpr std::int64_t lock_lifetime_s = 120;

// UTF-8 without control characters, no slash, not "." or "..": else invalid_argument or
// name_too_long.
Code check_name(std::string_view name);

}  // namespace pmx::tree
