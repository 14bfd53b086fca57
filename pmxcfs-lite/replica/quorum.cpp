#include "replica/quorum.h"

#include <algorithm>

namespace pmx::replica {
namespace {

bool is_even(const VoterList& list) {
    return !list.empty() && list.size() % 2 == 0;
}

// The list before the one in force, where the log still has the entry that changed it.
VoterList list_before(const Log& log) {
    const LogIndex since = log.in_force().voters_since;
    if (since <= log.base().index) return {};
    const VoterList& before = log.in_force_at(LogIndex(since.value - 1)).voters;
    return before == log.voters() ? VoterList() : before;
}

bool in_one_era(const Log& log, LogIndex since) {
    return log.view_at(since).era == log.view_at(LogIndex(since.value - 1)).era;
}

// An era's founders are half of a list or more, and a majority of them commits.
bool too_few_to_commit(std::size_t elsewhere, const VoterList& list) {
    const std::size_t half = (list.size() + 1) / 2;
    return elsewhere <= half / 2;
}

}  // namespace

VoterLists voter_lists(const Log& log, LogIndex committed) {
    VoterLists lists{log.voters(), log.in_force().voters_since, {}, false};
    if (lists.since <= committed) return lists;
    lists.before = list_before(log);
    lists.both_decide = is_even(lists.before) && in_one_era(log, lists.since) &&
                        // It does no harm by itself where both decide.
                        !planted(Mistake::voters_before_entry_of_view);
    return lists;
}

std::size_t count_among(const VoterList& list, const VoterList& these) {
    return static_cast<std::size_t>(std::count_if(
        list.begin(), list.end(), [&](const Voter& voter) { return contains(these, voter); }));
}

bool have_majorities(const VoterLists& lists, const VoterList& these) {
    const auto have = [&](const VoterList& list) {
        return count_among(list, these) >= majority(list);
    };
    return have(lists.in_force) && (!lists.both_decide || have(lists.before));
}

LogIndex counted(const VoterLists& lists, LogIndex on_in_force, LogIndex on_before) {
    if (!lists.both_decide || on_before >= lists.since) return on_in_force;
    return std::min(on_in_force, on_before);
}

bool have_halves(const VoterLists& lists, const VoterList& these) {
    const auto have = [&](const VoterList& list) {
        return count_among(list, these) * 2 >= list.size();
    };
    return have(lists.in_force) && have(lists.before);
}

bool can_be_halved(const VoterLists& lists) {
    return lists.both_decide || is_even(lists.in_force);
}

bool leave_no_era_elsewhere(const VoterLists& lists, const VoterList& these) {
    const auto few_elsewhere = [&](const VoterList& list) {
        return too_few_to_commit(list.size() - count_among(list, these), list);
    };
    if (lists.both_decide) return few_elsewhere(lists.in_force) && few_elsewhere(lists.before);
    return !is_even(lists.in_force) || few_elsewhere(lists.in_force);
}

bool must_repeat_list(const Log& log) {
    const VoterList before = list_before(log);
    return is_even(before) && in_one_era(log, log.in_force().voters_since);
}

}  // namespace pmx::replica
