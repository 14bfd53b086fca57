// The applied state: the tree, and the results by which a repeated request is known.
//
// apply() is the only way in, and the same on every node. Entries come in index order, each once.
#pragma once

#include "base/ids.h"
#include "replica/request_results.h"
#include "tree/tree.h"
#include "wire/entry.h"

namespace pmx::replica {

struct StateMachine {
    tree::Tree tree;
    RequestResults results;
    LogIndex applied;  // the last entry that went in

    // A duplicate request gives the first one's result and changes nothing; an operation that does
    // not decode gives Code::corrupt and changes nothing, on every node alike.
    tree::Outcome apply(const wire::Entry& entry);
};

}  // namespace pmx::replica
