// What the entries up to a place of the log have put in force: who votes, and which level's rules
// hold; and which views they are of.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "replica/voters.h"
#include "wire/entry.h"

namespace pmx::replica {

struct ViewEnd {
    View view;
    LogIndex last;  // its last entry
    friend bool operator==(const ViewEnd&, const ViewEnd&) = default;
};

// Lowest first. Bounded: the oldest are forgotten, those last that ended an era.
using ViewEnds = std::vector<ViewEnd>;
inline constexpr std::size_t max_view_ends = 256;

struct InForce {
    VoterList voters;
    LogIndex voters_since;  // the entry that brought them; 0: the log began with them
    std::uint32_t level = 1;
    View view;       // of the entry there
    ViewEnds ended;  // the views before it

    // Nearly no entry does: it is seen without making a copy first.
    [[nodiscard]] bool may_change_by(const wire::Entry& entry) const {
        return entry.kind == wire::EntryKind::voters || entry.kind == wire::EntryKind::level ||
               entry.view != view;
    }
    // A list or level that does not decode changes nothing, on every node alike. True when the
    // entry changed anything.
    bool apply(const wire::Entry& entry);
    friend bool operator==(const InForce&, const InForce&) = default;
};

// What an entry of kind `level` puts in force: it only ever rises.
std::uint32_t level_after(std::uint32_t level, const wire::Entry& entry);

// The last place that two logs have in common, each given by where all of its views end, the one
// that goes on included. A view's leader orders each place once, after entries that all who have
// one of its own have: so two logs with entries of one view are equal up to the last of those that
// both have. Too low a place where the view that shows it was forgotten; 0: no such view is known.
LogIndex last_common(const ViewEnds& ours, const ViewEnds& theirs);

}  // namespace pmx::replica
