// Seeded runs of whole clusters, and the tests of these tests: planted mistakes are found. Those
// that need many runs are for scripts/check simulation, as are a million seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "tests/sim/mistakes.h"
#include "tests/sim/run.h"
#include "tests/sim/seeds.h"

namespace pmx::sim {
namespace {

constexpr std::uint64_t max_runs = 20'000;

Search seeds_up_to(std::uint64_t last) {
    Search what;
    what.last = last;
    what.processes = std::max(1U, std::thread::hardware_concurrency());
    return what;
}

TEST(Simulation, ReplaysExactly) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const Plan plan = make_plan(seed);
        const RunReport once = run(plan);
        const RunReport again = run(plan);
        EXPECT_EQ(once.trace_hash, again.trace_hash) << "seed " << seed;
        EXPECT_EQ(once.events, again.events) << "seed " << seed;
    }
}

TEST(Simulation, PrintingChangesNothing) {
    std::size_t lines = 0;
    const Plan plan = make_plan(3, {3, {}});
    const RunReport silent = run(plan);
    const RunReport printed = run(plan, Checks::all(), [&lines](const std::string&) { ++lines; });
    EXPECT_EQ(silent.trace_hash, printed.trace_hash);
    EXPECT_EQ(printed.events, lines);
}

TEST(Simulation, OtherSeedsAreOtherRuns) {
    EXPECT_NE(run(make_plan(1, {3, {}})).trace_hash, run(make_plan(2, {3, {}})).trace_hash);
}

TEST(Simulation, KeepsThePromises) {
    const Searched searched = search(seeds_up_to(2000));
    if (searched.finding) {
        FAIL() << "pmx-sim --replay " << searched.finding->seed << ": "
               << searched.finding->violation.what;
    }
    EXPECT_EQ(searched.runs, 2000U);
    EXPECT_GT(searched.acknowledged, 20'000U);
}

class Mistakes : public testing::TestWithParam<PlantedMistake> {};

TEST_P(Mistakes, AreFound) {
    const PlantedMistake& planted = GetParam();
    Search what = seeds_up_to(planted.runs * allowed_factor);
    what.mistake = planted.mistake;
    what.plan = {planted.nodes, PlanKind::majority};
    what.judged = planted.found_by;
    const Searched searched = search(what);
    ASSERT_TRUE(searched.finding) << "not in " << searched.runs << " runs";
    EXPECT_FALSE(searched.finding->without_mistake) << "seed " << searched.finding->seed;
}

std::vector<PlantedMistake> found_soon() {
    std::vector<PlantedMistake> soon;
    for (const PlantedMistake& mistake : planted_mistakes()) {
        const bool is_soon = mistake.runs > 0 && mistake.runs * allowed_factor <= max_runs;
        if (is_soon) soon.push_back(mistake);
    }
    return soon;
}

INSTANTIATE_TEST_SUITE_P(, Mistakes, testing::ValuesIn(found_soon()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace pmx::sim
