// The clock on the wall, in this machine's time zone.
#pragma once

#include <cstdint>

#include "schema/calendar.h"

namespace pmx::notifier {

schema::LocalTime local_time(std::int64_t seconds_since_1970);

}  // namespace pmx::notifier
