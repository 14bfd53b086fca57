#include "notifier/cli/apt_simulation.h"

#include <optional>

namespace pmx::notifier {
namespace {

constexpr std::size_t max_updates = 20'000;

std::string_view next_word(std::string_view& line) {
    const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    const std::string_view word = line.substr(begin, end - begin);
    line.remove_prefix(end);
    return word;
}

std::optional<PackageUpdate> parse_line(std::string_view line) {
    if (next_word(line) != "Inst") return std::nullopt;
    PackageUpdate update;
    update.name = next_word(line);
    std::string_view version = next_word(line);
    if (version.starts_with('[') && version.ends_with(']')) {
        update.installed = version.substr(1, version.size() - 2);
        version = next_word(line);
    }
    if (update.name.empty() || !version.starts_with('(')) return std::nullopt;
    version.remove_prefix(1);
    if (version.ends_with(')')) version.remove_suffix(1);
    update.available = version;
    if (update.available.empty()) return std::nullopt;
    return update;
}

}  // namespace

std::vector<PackageUpdate> parse_apt_simulation(std::string_view printed) {
    std::vector<PackageUpdate> updates;
    while (!printed.empty() && updates.size() < max_updates) {
        const std::size_t end = std::min(printed.find('\n'), printed.size());
        if (auto update = parse_line(printed.substr(0, end))) updates.push_back(std::move(*update));
        printed.remove_prefix(std::min(end + 1, printed.size()));
    }
    return updates;
}

}  // namespace pmx::notifier
