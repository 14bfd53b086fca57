#include "engine/clock_watch.h"

namespace pmx::engine {
namespace {

constexpr std::chrono::hours saying_again{1};

std::string warning_of(NodeId node, std::chrono::nanoseconds ahead) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(ahead).count();
    return "the clock of node " + std::to_string(node.value) + " is " +
           std::to_string(seconds < 0 ? -seconds : seconds) + " seconds " +
           (seconds < 0 ? "behind" : "ahead of") +
           " this one's: its changes carry that time; see that both follow a time server";
}

}  // namespace

std::optional<std::string> ClockWatch::observe(NodeId node, WallTime theirs, WallTime ours,
                                               MonotonicTime now) {
    const std::chrono::nanoseconds ahead = theirs - ours;
    if (ahead <= tolerance && ahead >= -tolerance) {
        offsets_.erase(node);
        return std::nullopt;
    }
    const auto [offset, is_new] = offsets_.try_emplace(node);
    offset->second.warning = warning_of(node, ahead);
    if (!is_new && now < offset->second.said + saying_again) return std::nullopt;
    offset->second.said = now;
    return offset->second.warning;
}

std::vector<std::string> ClockWatch::warnings() const {
    std::vector<std::string> warnings;
    for (const auto& [node, offset] : offsets_)
        warnings.push_back(offset.warning);
    return warnings;
}

}  // namespace pmx::engine
