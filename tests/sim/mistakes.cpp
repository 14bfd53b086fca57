#include "tests/sim/mistakes.h"

#include <array>

namespace pmx::sim {
namespace {

using replica::Mistake;

// A promise is broken. Nothing of these says that a cluster that stands still is enough.
constexpr Checks seen_by_all{Check::log,   Check::answers,      Check::quorum, Check::rejected,
                             Check::trees, Check::linearizable, Check::daemon};
// Often it is a daemon that sees it first, and ends itself. That is no proof that the harm is seen
// where no daemon does.
constexpr Checks seen_from_outside{Check::log,      Check::answers, Check::quorum,
                                   Check::rejected, Check::trees,   Check::linearizable};

constexpr std::array<PlantedMistake, 14> mistakes{{
    {Mistake::request_id_not_checked,
     "request_id_not_checked",
     2,
     {},
     seen_by_all,
     "the leader orders a request that the log has"},
    {Mistake::half_is_enough, "half_is_enough", 19, 4, seen_by_all, "half of the voters decide"},
    {Mistake::vote_for_log_behind,
     "vote_for_log_behind",
     30,
     {},
     seen_by_all,
     "a member accepts a leader whose log is behind its own"},
    {Mistake::older_view_by_counting,
     "older_view_by_counting",
     330,
     {},
     seen_by_all,
     "an entry of an older view is committed by counting"},
    {Mistake::gap_accepted, "gap_accepted", 340, {}, seen_by_all, "a member appends behind a gap"},
    {Mistake::votes_by_node, "votes_by_node", 400, {}, seen_by_all, "a node votes, not its disk"},
    {Mistake::durable_before_fsync,
     "durable_before_fsync",
     400,
     {},
     seen_by_all,
     "DURABLE before the disk has the entry"},
    {Mistake::majority_by_node_list,
     "majority_by_node_list",
     800,
     {},
     seen_by_all,
     "a majority of the administrator's list decides, not of the voters in the log"},
    {Mistake::two_voters_at_once,
     "two_voters_at_once",
     3'000,
     {},
     seen_by_all,
     "the list of voters changes by two at once"},
    {Mistake::view_without_node_id,
     "view_without_node_id",
     4'000,
     {},
     seen_from_outside,
     "views compare without the leader's node id"},
    {Mistake::install_in_two_transactions,
     "install_in_two_transactions",
     9'500,
     {},
     seen_by_all,
     "the old log goes before the snapshot is there"},
    {Mistake::stale_durable_counted,
     "stale_durable_counted",
     12'000,
     {},
     seen_by_all,
     "DURABLE for another view is counted"},
    {Mistake::promise_not_on_disk,
     "promise_not_on_disk",
     14'000,
     {},
     seen_by_all,
     "ACCEPT before the promise is on disk"},
    {Mistake::voters_before_entry_of_view, "voters_before_entry_of_view", 130'000, 4,
     seen_from_outside, "voters change before an entry of the view is committed"},
}};

}  // namespace

std::span<const PlantedMistake> planted_mistakes() {
    return mistakes;
}

std::optional<PlantedMistake> mistake_named(std::string_view name) {
    for (const PlantedMistake& mistake : mistakes) {
        if (mistake.name == name) return mistake;
    }
    return std::nullopt;
}

}  // namespace pmx::sim
