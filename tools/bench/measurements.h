// What pmx-bench can measure; each prints one line of JSON.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace pmx::bench {

using Seconds = std::chrono::duration<double>;

// Saves of 4 KiB files by `threads` threads, each in files of its own: overwriting one (O_TRUNC),
// or creating one after the other.
enum class SaveKind : bool { overwrite, create };
Result<std::string> saves(const std::string& directory, SaveKind kind, int threads, Seconds time);

// Saves without a break, those that fail repeated: the longest time between two that succeeded.
Result<std::string> longest_pause(const std::string& directory, Seconds time);

// Files of 200 bytes, 500 in a directory: what a node that joins is behind.
Result<std::string> fill(const std::string& directory, int files);

// 4 KiB appended and made durable.
Result<std::string> append_and_sync(const std::string& directory, int count);

// A message of 200 bytes to the process group, until it comes back to its sender.
Result<std::string> round_trips(int count);
// A further member of that group, until it is killed.
Result<std::string> listen();

}  // namespace pmx::bench
