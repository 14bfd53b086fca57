// Whose disks count. A voter is a node with one particular disk: a node set up anew is a stranger.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "replica/mistakes.h"

namespace pmx::replica {

struct Voter {
    NodeId node;
    DiskId disk;
    friend auto operator<=>(const Voter&, const Voter&) = default;
};

using VoterList = std::vector<Voter>;  // sorted by node, each node once, at most max_voters
inline constexpr std::size_t max_voters = 64;

bool contains(const VoterList& voters, const Voter& voter);
// How many voters decide: more than half. Never 0, so that an empty list decides nothing.
inline std::size_t majority(const VoterList& voters) {
    if (planted(Mistake::half_is_enough) && !voters.empty()) return (voters.size() + 1) / 2;
    return voters.size() / 2 + 1;
}

std::string encode(const VoterList& voters);
Result<VoterList> decode_voters(std::string_view bytes);

}  // namespace pmx::replica
