// Thousands of seeded clusters. A failure names its seed: PMX_SIM_SEED=n PMX_SIM_NODES=n replays
// it; PMX_SIM_RUNS=n runs more.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/sim/cluster.h"

namespace pmx::sim {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

class Clusters : public testing::TestWithParam<std::size_t> {};

TEST_P(Clusters, LoseNothingThatWasAcknowledged) {
    const std::size_t nodes = GetParam();
    if (from_environment("PMX_SIM_NODES", nodes) != nodes) GTEST_SKIP();
    const std::uint64_t first = from_environment("PMX_SIM_SEED", 1);
    const bool one = std::getenv("PMX_SIM_SEED") != nullptr;
    const std::uint64_t runs = one ? 1 : from_environment("PMX_SIM_RUNS", 600);
    std::size_t acknowledged = 0;
    for (std::uint64_t seed = first; seed < first + runs; ++seed) {
        SCOPED_TRACE("PMX_SIM_SEED=" + std::to_string(seed) +
                     " PMX_SIM_NODES=" + std::to_string(nodes));
        const Report report = Cluster({seed, nodes, 500}).run();
        ASSERT_FALSE(report.violation) << *report.violation;
        acknowledged += report.acknowledged;
    }
    RecordProperty("acknowledged", static_cast<int>(acknowledged));
    std::printf("%zu nodes: %zu saves acknowledged in %zu runs\n", nodes, acknowledged,
                static_cast<std::size_t>(runs));
}

INSTANTIATE_TEST_SUITE_P(Sizes, Clusters, testing::Values(1, 3, 4, 5));

}  // namespace
}  // namespace pmx::sim
