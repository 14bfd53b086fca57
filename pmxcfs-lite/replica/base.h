// A place in the log from which it can go on: all that the entries up to it leave behind, the tree
// apart. Written with every checkpoint of the tree, and part of every snapshot.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/sha256.h"
#include "replica/in_force.h"
#include "replica/request_results.h"
#include "replica/voters.h"
#include "wire/entry.h"

namespace pmx::replica {

// The highest level whose rules this program knows. Rules of a level never change: what is new
// comes with a level of its own, and below it everything is as it was.
//   2: tree::SetPermissions (tree::level_of)
inline constexpr std::uint32_t highest_level = 2;

struct Base {
    LogIndex index;  // the last entry it stands for; 0: none
    View view;       // of that entry
    wire::Chain chain{};
    VoterList voters;         // in force there
    std::uint32_t level = 1;  // likewise
    ViewEnds ended;           // the views before its own
    Sha256 tree_digest{};     // of the tree at index
    RequestResults results;   // a request applied before it is known after it
};

std::string encode(const Base& base);
Result<Base> decode_base(std::string_view bytes);

}  // namespace pmx::replica
