// Whole files and plain descriptors, without surprises: EINTR handled, sizes bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pmx {

// The whole file; Code::file_too_large when it is longer than `limit` bytes.
Result<std::string> read_file(const std::string& path, std::size_t limit);
// What is left to read from `fd`, up to its end, bounded the same way.
Result<std::string> read_all(int fd, std::size_t limit, std::string_view what);
Result<void> write_all(int fd, std::string_view bytes, std::string_view what);

// Puts `bytes` in the place of whatever is at `path`, durably: who reads finds the old file or the
// new one, and so does a start after a crash.
Result<void> replace_file(const std::string& path, std::string_view bytes, unsigned mode);

// Makes durable that `path` was made, renamed or removed.
Result<void> sync_directory_of(const std::string& path);

// Creates the directory and its parents where missing; existing ones keep their mode.
Result<void> make_directories(const std::string& path, unsigned mode);

}  // namespace pmx
