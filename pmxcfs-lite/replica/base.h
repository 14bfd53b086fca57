// Where the log was cut: all that the entries before it leave behind, the tree apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/sha256.h"
#include "replica/request_results.h"
#include "replica/voters.h"
#include "wire/entry.h"

namespace pmx::replica {

struct Base {
    LogIndex index;  // the last entry that was cut; 0: nothing was
    View view;       // of that entry
    wire::Chain chain{};
    VoterList voters;         // in force there
    std::uint32_t level = 1;  // likewise
    Sha256 tree_digest{};     // of the tree at index
    RequestResults results;   // a request applied before the cut is known after it
};

std::string encode(const Base& base);
Result<Base> decode_base(std::string_view bytes);

}  // namespace pmx::replica
