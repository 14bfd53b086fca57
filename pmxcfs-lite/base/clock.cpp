#include "base/clock.h"

namespace pmx {

WallTime SystemClock::wall() const {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

MonotonicTime SystemClock::monotonic() const {
    return MonotonicTime(std::chrono::steady_clock::now().time_since_epoch());
}

}  // namespace pmx
