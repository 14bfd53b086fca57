#include "notifier/daemon/metrics.h"

#include <algorithm>
#include <functional>
#include <set>

namespace pmx::notifier {
namespace {

// Backslash, quote and newline are what the format escapes in a label.
std::string escaped(const std::string& label) {
    std::string out;
    for (const char c : label) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n') {
            out += "\\n";
        } else {
            out += c;
        }
    }
    return out;
}

class Text {
  public:
    void family(const std::string& name, const char* type, const char* help) {
        name_ = "pmx_notifier_" + name;
        text_ += "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " " + type + "\n";
    }
    void sample(const std::string& labels, std::int64_t value) {
        text_ +=
            name_ + (labels.empty() ? "" : "{" + labels + "}") + " " + std::to_string(value) + "\n";
    }
    std::string take() { return std::move(text_); }

  private:
    std::string name_;
    std::string text_;
};

std::string label(const char* name, const std::string& value) {
    return std::string(name) + "=\"" + escaped(value) + "\"";
}

std::int64_t count_of(const MetricsInput& input, const std::string& target, DeliveryState state) {
    for (const DeliveryCount& count : input.counts)
        if (count.target == target && count.state == state) return count.count;
    return 0;
}

// Of what is still owed.
std::int64_t oldest_age_s(const MetricsInput& input, const std::string& target) {
    std::int64_t age_s = 0;
    for (const DeliveryCount& count : input.counts) {
        const bool owed =
            count.state == DeliveryState::queued || count.state == DeliveryState::held;
        if (owed && count.target == target) {
            age_s = std::max(age_s, input.now_s - count.oldest_accepted_s);
        }
    }
    return age_s;
}

}  // namespace

std::string prometheus_text(const MetricsInput& input) {
    std::set<std::string> targets(input.targets.begin(), input.targets.end());
    for (const auto& [target, health] : input.health)
        targets.insert(target);
    for (const DeliveryCount& count : input.counts)
        targets.insert(count.target);
    Text text;
    text.family("deliveries", "gauge",
                "Deliveries that wait or were given up, by target and state.");
    for (const std::string& target : targets) {
        for (const DeliveryState state : {DeliveryState::queued, DeliveryState::held,
                                          DeliveryState::failed, DeliveryState::dead}) {
            const std::string labels =
                label("target", target) + "," + label("state", std::string(to_string(state)));
            text.sample(labels, count_of(input, target, state));
        }
    }
    text.family("oldest_owed_seconds", "gauge", "Age of the oldest event a target is still owed.");
    for (const std::string& target : targets)
        text.sample(label("target", target), oldest_age_s(input, target));
    const auto of_health = [&](const std::function<std::int64_t(const TargetHealth&)>& value) {
        for (const std::string& target : targets) {
            const auto health = input.health.find(target);
            text.sample(label("target", target),
                        health == input.health.end() ? 0 : value(health->second));
        }
    };
    text.family("delivered_total", "counter", "Deliveries that a target took.");
    of_health([](const TargetHealth& health) { return health.delivered; });
    text.family("attempts_failed_total", "counter", "Attempts that failed and are tried again.");
    of_health([](const TargetHealth& health) { return health.retried; });
    text.family("given_up_total", "counter", "Deliveries that failed for good or for 24 hours.");
    of_health([](const TargetHealth& health) { return health.given_up; });
    text.family("last_success_timestamp_seconds", "gauge",
                "When a target last took a delivery; 0: never.");
    of_health([](const TargetHealth& health) { return health.last_success_s; });
    text.family("last_failure_timestamp_seconds", "gauge",
                "When an attempt last failed; 0: never.");
    of_health([](const TargetHealth& health) { return health.last_failure_s; });
    text.family("configuration_problems", "gauge", "What is wrong in the configuration files.");
    text.sample("", static_cast<std::int64_t>(input.problems));
    return text.take();
}

}  // namespace pmx::notifier
