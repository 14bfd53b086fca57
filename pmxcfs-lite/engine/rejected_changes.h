// What changes that lost out had done, with the contents that somebody may want back.
#pragma once

#include <vector>

#include "ports/log_store.h"
#include "replica/request_results.h"
#include "replica/state_machine.h"
#include "tree/tree.h"
#include "wire/entry.h"

namespace pmx::engine {

// Of the entries above `kept`: what each would have done, had it been applied after those before
// it. `entries` follow `state.applied`; what failed had done nothing, and is not listed.
std::vector<ports::RejectedChange> rejected_changes(replica::StateMachine state,
                                                    const std::vector<wire::EntryPtr>& entries,
                                                    LogIndex kept);

// Of entries that were applied here: `history` is newest first, `tree` shows them all. What a file
// held before, or after any but its last change, is not known any more.
std::vector<ports::RejectedChange> rejected_history(
    const std::vector<ports::HistoryRecord>& history, const tree::Tree& tree);

// Takes out what happened all the same, in the log that won.
void remove_what_is_done(std::vector<ports::RejectedChange>& rejected,
                         const replica::RequestResults& results);

}  // namespace pmx::engine
