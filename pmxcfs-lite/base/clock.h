// Time, as the core gets it: handed in as a value, read from an interface at the edge.
#pragma once

#include <chrono>
#include <cstdint>

namespace pmx {

// Nanoseconds since 1970-01-01 UTC. What files show as mtime; may jump.
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

// Nanoseconds of a clock that never jumps; zero is arbitrary. For waiting and measuring.
using MonotonicTime = std::chrono::time_point<struct MonotonicTag, std::chrono::nanoseconds>;

class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual WallTime wall() const = 0;
    [[nodiscard]] virtual MonotonicTime monotonic() const = 0;
};

class SystemClock final : public Clock {
  public:
    [[nodiscard]] WallTime wall() const override;
    [[nodiscard]] MonotonicTime monotonic() const override;
};

inline WallTime wall_from_ns(std::int64_t ns) {
    return WallTime(std::chrono::nanoseconds(ns));
}
inline std::int64_t to_ns(WallTime time) {
    return time.time_since_epoch().count();
}
inline std::int64_t to_s(WallTime time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace pmx
