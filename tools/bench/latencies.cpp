#include "tools/bench/latencies.h"

#include <algorithm>
#include <cstdio>

namespace pmx::bench {

double Latencies::percentile(double part) const {
    if (us_.empty()) return 0;
    const auto place = static_cast<std::size_t>(part * static_cast<double>(us_.size()));
    return us_[std::min(place, us_.size() - 1)];
}

std::string Latencies::json(Clock::duration elapsed) {
    std::sort(us_.begin(), us_.end());
    const double seconds = std::chrono::duration<double>(elapsed).count();
    const double rate = seconds > 0 ? static_cast<double>(us_.size()) / seconds : 0;
    char text[256];
    std::snprintf(text, sizeof text,
                  R"({"count": %zu, "rate": %.1f, "p50_us": %.1f, "p99_us": %.1f, "max_us": %.1f})",
                  us_.size(), rate, percentile(0.5), percentile(0.99), percentile(1.0));
    return text;
}

}  // namespace pmx::bench
