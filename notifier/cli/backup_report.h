// A backup as rows of guests, and the event that is made of them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/result.h"
#include "notifier/render/event_request.h"

namespace pmx::notifier {

// As much of a log as an event's data may hold beside its rows: of a longer one, beginning and end.
constexpr std::size_t max_backup_log_bytes = 512U << 10;
std::string bounded_log(std::string log);
// Of any file; what cannot be read is said in its place.
std::string read_log(const std::string& path);

// "id=100,name=web,status=ok,time=65,size=1610612736,filename=/b/100.zst" as a row of DATA.md's
// guest-table. A value ends at a comma.
Result<nlohmann::json> parse_guest(const std::string& text);

EventRequest backup_event(const nlohmann::json& data, const std::optional<std::string>& job);

}  // namespace pmx::notifier
