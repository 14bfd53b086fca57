// One event that tells of several: what a target was not told while it was quiet, and what was more
// than it takes in an hour.
#pragma once

#include <string>
#include <vector>

#include "notifier/model/event.h"

namespace pmx::notifier {

inline constexpr std::string_view digest_type = "digest";

// Bounds on one digest. What is beyond is counted, and its title is not lost before its text is.
constexpr std::size_t max_digest_rows = 500;
constexpr std::size_t max_digest_text_bytes = 2048;  // of one event
constexpr std::size_t max_digest_bytes = 256U << 10;

// Type "digest", the worst severity of all, title, text and HTML, and the fields `target` and
// `events` (how many). In the order given, which is to be that of their arrival; `events` is not
// empty. Id, timestamp and node are the caller's to set.
Event render_digest(const std::string& target, const std::vector<Event>& events);

}  // namespace pmx::notifier
