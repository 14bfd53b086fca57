// pmx-bench: one measurement, one line of JSON. scripts/benchmark runs them on a cluster.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tools/bench/measurements.h"

namespace {

using namespace pmx::bench;

constexpr const char* usage =
    "Usage: pmx-bench overwrite DIRECTORY THREADS SECONDS\n"
    "       pmx-bench create    DIRECTORY THREADS SECONDS\n"
    "       pmx-bench pause     DIRECTORY SECONDS\n"
    "       pmx-bench fill      DIRECTORY FILES\n"
    "       pmx-bench fdatasync DIRECTORY COUNT\n"
    "       pmx-bench roundtrip COUNT\n"
    "       pmx-bench listen\n";

pmx::Result<std::string> measure(const std::vector<std::string>& words) {
    const auto number = [&](std::size_t i) { return std::atoi(words[i].c_str()); };
    const auto is = [&](const char* name, std::size_t count) {
        return words.size() == count && words[0] == name;
    };
    if (is("overwrite", 4)) {
        return saves(words[1], SaveKind::overwrite, number(2), Seconds(number(3)));
    }
    if (is("create", 4)) return saves(words[1], SaveKind::create, number(2), Seconds(number(3)));
    if (is("pause", 3)) return longest_pause(words[1], Seconds(number(2)));
    if (is("fill", 3)) return fill(words[1], number(2));
    if (is("fdatasync", 3)) return append_and_sync(words[1], number(2));
    if (is("roundtrip", 2)) return round_trips(number(1));
    if (is("listen", 1)) return listen();
    return pmx::fail(pmx::Code::invalid_argument, usage);
}

}  // namespace

int main(int argc, char** argv) {
    const auto measured = measure({argv + 1, argv + argc});
    if (!measured) {
        std::fprintf(stderr, "%s\n", measured.error().message().c_str());
        return 1;
    }
    std::printf("%s\n", measured->c_str());
    return 0;
}
