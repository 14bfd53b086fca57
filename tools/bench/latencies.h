// How long each of many operations took, and what is printed of it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace pmx::bench {

using Clock = std::chrono::steady_clock;

inline double microseconds(Clock::duration time) {
    return std::chrono::duration<double, std::micro>(time).count();
}

class Latencies {
  public:
    void add(Clock::duration time) { us_.push_back(microseconds(time)); }
    void add(const Latencies& other) { us_.insert(us_.end(), other.us_.begin(), other.us_.end()); }
    // {"count": ..., "rate": a second, "p50_us": ..., "p99_us": ..., "max_us": ...}
    [[nodiscard]] std::string json(Clock::duration elapsed);

  private:
    [[nodiscard]] double percentile(double part) const;  // of the sorted ones
    std::vector<double> us_;
};

}  // namespace pmx::bench
