// Who decides: a majority of the voters, and what half of them may do where quorum is granted to
// fewer.
//
// The voters are those of the list in force and, as long as the change to it is not known to be
// committed, those of the list before it. Half of an even list meets every majority of that list,
// but not every majority of a list that differs from it by one. SAFETY.md has the argument.
#pragma once

#include <cstddef>

#include "base/ids.h"
#include "replica/log.h"
#include "replica/voters.h"

namespace pmx::replica {

struct VoterLists {
    VoterList in_force;
    LogIndex since;    // the entry that brought it
    VoterList before;  // empty where that entry is known to be committed
    // Half of the list before may go on without the change, so that the change takes a majority of
    // that list, too. An era's first list takes the place of what was before by all of those on it.
    bool both_decide = false;
};

// As a log puts them in force whose entries up to `committed` are known to be committed.
VoterLists voter_lists(const Log& log, LogIndex committed);

// How many of the list are among these.
std::size_t count_among(const VoterList& list, const VoterList& these);

// Whether these are enough to choose a leader who can commit something.
bool have_majorities(const VoterLists& lists, const VoterList& these);

// What is committed where a majority of each list has all up to such a place on disk.
LogIndex counted(const VoterLists& lists, LogIndex on_in_force, LogIndex on_before);

// Whether these, who have no majority, have every entry that a majority may have committed.
bool have_halves(const VoterLists& lists, const VoterList& these);

// Whether there is an even list, half of which could go on where quorum is granted to fewer.
bool can_be_halved(const VoterLists& lists);

// Whether so few are elsewhere that none of the eras they may have begun can have committed
// anything.
bool leave_no_era_elsewhere(const VoterLists& lists, const VoterList& these);

// Whether the log itself does not say yet that the change to the list in force, a change of an even
// list, is committed: the same list once more says it.
bool must_repeat_list(const Log& log);

}  // namespace pmx::replica
