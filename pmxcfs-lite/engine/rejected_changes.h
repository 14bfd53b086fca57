// What changes that lost out had done, with the contents that somebody may want back.
#pragma once

#include <functional>
#include <optional>
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

// The operation of the entry at an index; nothing where the disk does not have it any more.
using OpAt = std::function<std::optional<tree::Op>(LogIndex)>;

// Of entries from `from` on, which were applied here. `history` is newest first and may begin
// before them: the earlier, the more is known of what files held. `tree` shows all of it.
std::vector<ports::RejectedChange> rejected_history(
    const std::vector<ports::HistoryRecord>& history, LogIndex from, const OpAt& op_at,
    const tree::Tree& tree);

// Of requests that only their results tell of: the file as `tree` shows it, where nobody changed it
// since. Its path and content stay empty where that is not known any more.
std::vector<ports::RejectedChange> rejected_results(
    const std::vector<replica::RequestResults::Lost>& lost, const tree::Tree& tree);

// Takes out what happened all the same, in the log that won.
void remove_what_is_done(std::vector<ports::RejectedChange>& rejected,
                         const replica::RequestResults& results);

}  // namespace pmx::engine
