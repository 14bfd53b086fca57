#include "notifier/daemon/local_time.h"

#include <algorithm>
#include <ctime>

namespace pmx::notifier {

schema::LocalTime local_time(std::int64_t seconds_since_1970) {
    const std::time_t seconds = seconds_since_1970;
    std::tm broken_down{};
    if (localtime_r(&seconds, &broken_down) == nullptr) return {};  // a year that no int holds
    constexpr int last_second = 24 * 3600 - 1;
    const int second = broken_down.tm_hour * 3600 + broken_down.tm_min * 60 + broken_down.tm_sec;
    return {(broken_down.tm_wday + 6) % 7, std::min(second, last_second)};
}

}  // namespace pmx::notifier
