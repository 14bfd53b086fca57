// Plays every file of tests/scenarios.
#include "tests/sim/scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "replica/mistakes.h"
#include "tests/sim/mistakes.h"

namespace pmx::sim {
namespace {

std::vector<std::string> scenario_names() {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(PMX_SCENARIOS)) {
        if (file.path().extension() == ".txt") names.push_back(file.path().stem().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string text_of(const std::string& scenario) {
    std::ifstream file(std::string(PMX_SCENARIOS) + "/" + scenario + ".txt");
    return {std::istreambuf_iterator<char>(file), {}};
}

class Scenarios : public testing::TestWithParam<std::string> {};

TEST_P(Scenarios, PlayAsWritten) {
    const std::string text = text_of(GetParam());
    ASSERT_FALSE(text.empty());
    EXPECT_EQ(play(text), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(, Scenarios, testing::ValuesIn(scenario_names()),
                         [](const auto& test) { return test.param; });

class MistakesInScenarios : public testing::TestWithParam<PlantedMistake> {};

TEST_P(MistakesInScenarios, AreFound) {
    replica::planted_mistake = GetParam().mistake;
    const auto wrong = play(text_of(std::string(GetParam().scenario)));
    replica::planted_mistake = replica::Mistake::none;
    EXPECT_TRUE(wrong);
}

std::vector<PlantedMistake> found_in_scenarios() {
    std::vector<PlantedMistake> found;
    for (const PlantedMistake& mistake : planted_mistakes()) {
        if (!mistake.scenario.empty()) found.push_back(mistake);
    }
    return found;
}

INSTANTIATE_TEST_SUITE_P(, MistakesInScenarios, testing::ValuesIn(found_in_scenarios()),
                         [](const auto& test) { return std::string(test.param.name); });

// Seeded runs come upon it, too, but only after thousands.
TEST(Scenario, TwoLeadersWithListsOfTheirOwnAreFound) {
    replica::planted_mistake = replica::Mistake::voters_before_entry_of_view;
    const auto wrong = play(text_of("two_leaders_change_voters"));
    replica::planted_mistake = replica::Mistake::none;
    ASSERT_TRUE(wrong);
    EXPECT_NE(wrong->find("two different logs are committed"), std::string::npos) << *wrong;
}

TEST(Scenario, FailsWhereAnExpectationDoes) {
    EXPECT_TRUE(play("nodes 1\nrest\nexpect 1 a=1\n"));
    EXPECT_TRUE(play("nodes 1\nrest\nrefused 1\n"));
    EXPECT_TRUE(play("nodes 1\nrest\nexpect-rejected 1 a\n"));
    EXPECT_TRUE(play("nodes 1\nrest\nexpect-voters 1 2\n"));
    EXPECT_TRUE(play("nodes 3\ncut 1 | 2 | 3\nrest\n"));
    EXPECT_TRUE(play("nodes 1\ndance 1\n"));
    EXPECT_FALSE(play("nodes 1\nrest\nsave 1 a=1\nexpect 1 a=1\n"));
}

}  // namespace
}  // namespace pmx::sim
