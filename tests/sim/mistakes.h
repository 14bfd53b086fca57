// The mistakes that can be planted, by name, and how soon a good simulator finds them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "replica/mistakes.h"
#include "tests/sim/checks/violations.h"

namespace pmx::sim {

struct PlantedMistake {
    replica::Mistake mistake;
    std::string_view name;
    // That the model behind the protocol took, whose clusters had quorum by majority; 0: not by
    // seeds.
    std::uint64_t runs;
    std::optional<std::size_t> nodes;  // where it can show at all
    Checks found_by;                   // what must see it: a promise that is broken
    std::string_view meaning;
    // Of tests/scenarios: it fails with the mistake. Where there is none and no runs either, one
    // node's messages tell (one_node_mistakes_test.cpp).
    std::string_view scenario = {};
};

// A simulator that needs more than this many times the runs is too weak.
inline constexpr std::uint64_t allowed_factor = 10;

std::span<const PlantedMistake> planted_mistakes();
std::optional<PlantedMistake> mistake_named(std::string_view name);

}  // namespace pmx::sim
