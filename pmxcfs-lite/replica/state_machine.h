// The applied state: the tree, and the results by which a repeated request is known.
//
// apply() is the only way in, and the same on every node. Entries come in index order, each once.
#pragma once

#include <cstdint>
#include <optional>

#include "base/ids.h"
#include "base/sha256.h"
#include "replica/request_results.h"
#include "tree/tree.h"
#include "wire/entry.h"

namespace pmx::replica {

struct StateMachine {
    tree::Tree tree;
    RequestResults results;
    LogIndex applied;         // the last entry that went in
    std::uint32_t level = 1;  // in force there

    // Of the tree at the last entry that a leader ordered by itself: what members compare.
    struct Digest {
        LogIndex index;
        Sha256 digest{};
    };
    std::optional<Digest> digest_taken;

    // A duplicate request gives the first one's result and changes nothing; an operation that does
    // not decode, or is one of a level that is not in force yet, gives Code::corrupt and changes
    // nothing, on every node alike: what programs do that do not know the level.
    tree::Outcome apply(const wire::Entry& entry);
};

}  // namespace pmx::replica
