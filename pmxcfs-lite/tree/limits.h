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
// Keeps walks bounded. The root is at 0; what would lie deeper is name_too_long.
inline constexpr std::size_t max_depth = 64;
inline constexpr std::size_t max_path_bytes = max_depth * (max_name_bytes + 1);

// A lock that goes this long without renewal may be freed (Proxmox's clients rely on 120 s).
inline constexpr std::int64_t lock_lifetime_s = 120;

// UTF-8 without control characters, no slash, not "." or "..": else invalid_argument or
// name_too_long.
Code check_name(std::string_view name);

}  // namespace pmx::tree
