// Mistakes that can be planted, one at a time, to see that the simulator's checkers find them.
//
// Only in a build with PMX_PLANTED_MISTAKES, which is the simulator's own copy of this library; in
// the daemon's, planted() is false at compile time.
#pragma once

#include <cstdint>

namespace pmx::replica {

enum class Mistake : std::uint8_t {
    none,
    request_id_not_checked,
    half_is_enough,
    vote_for_log_behind,
    older_view_by_counting,
    gap_accepted,
    votes_by_node,
    durable_before_fsync,
    majority_by_node_list,
    two_voters_at_once,
    view_without_node_id,
    install_in_two_transactions,
    stale_durable_counted,
    promise_not_on_disk,
    voters_before_entry_of_view,
    era_founded_by_unsteady,
    era_founded_beside_absent_daemon,
    round_outlives_quorum,
    era_accepted_without_log,
    era_opened_by_majority,
    era_founded_by_any,
    highest_era_ignored,
    durable_before_promise,
    promise_lost_when_full,
    old_copy_votes,
    old_copy_keeps_its_id,
    lock_expires_at_once,
    lock_clock_kept,
    unknown_level_ignored,
    sole_voter_takes_any_base,
    removal_not_checked,
    in_step_too_early,
    fetched_chain_not_checked,
    served_chain_not_checked,
    snapshot_not_released,
    forgotten_results_lost,
    bodies_kept,
};

#ifdef PMX_PLANTED_MISTAKES
inline Mistake planted_mistake = Mistake::none;
inline bool planted(Mistake mistake) {
    return planted_mistake == mistake;
}
#else
constexpr bool planted(Mistake /*mistake*/) {
    return false;
}
#endif

}  // namespace pmx::replica
