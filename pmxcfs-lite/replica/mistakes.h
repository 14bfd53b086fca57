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
