// What the daemon tells Prometheus, in its text format.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "notifier/outbox/outbox.h"

namespace pmx::notifier {

struct MetricsInput {
    std::vector<std::string> targets;  // configured: there is a row for each, whatever happened
    std::map<std::string, TargetHealth> health;
    std::vector<DeliveryCount> counts;
    std::size_t problems = 0;  // of the configuration
    std::int64_t now_s = 0;
};

// Pure. Ends with a newline.
std::string prometheus_text(const MetricsInput& input);

}  // namespace pmx::notifier
