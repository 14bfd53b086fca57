// The view that this node has agreed to follow, and how far its voters have come in it.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "base/ids.h"
#include "replica/mistakes.h"
#include "replica/voters.h"
#include "wire/entry.h"
#include "wire/message.h"

namespace pmx::replica {

// A view is its leader's: another's of the same number is another view.
inline bool same(const View& a, const View& b) {
    if (planted(Mistake::view_without_node_id)) return a.era == b.era && a.number == b.number;
    return a == b;
}

struct ViewState {
    View view;
    LogIndex start;  // the leader's last entry when it proposed the view; the view's come after
    wire::Chain chain{};      // at start
    VoterList voters;         // who may open it
    bool founds_era = false;  // it begins an era: all of them must have its log, and accept

    bool keeps_list = false;  // ours, which begins an era with the list that is in force

    bool accepts = true;  // false: it opened although our log was ahead; we follow without a say
    bool accept_said = false;
    bool open = false;
    bool in_step = false;         // our log is the leader's up to here, without a gap
    LogIndex reported;            // by us, as durable
    bool report_in_ring = false;  // it was not delivered back to us yet
    bool frozen = false;          // our tree is damaged: the log waits where it is for a snapshot
    std::set<Voter> accepted;
    std::map<Voter, LogIndex> durable;  // on each voter's disk, on the same chain as ours
    // Reports of entries that we may not have yet, for when they were fetched; the last of each.
    std::map<NodeId, wire::Durable> later;

    // The first view of a cluster has no list in any log yet: all of its voters must agree.
    [[nodiscard]] bool founding() const { return founds_era || start == LogIndex(); }
    [[nodiscard]] std::size_t needed() const {
        const bool all = founding() && !planted(Mistake::era_opened_by_majority);
        return all ? voters.size() : majority(voters);
    }

    void report(const Voter& voter, LogIndex up_to) {
        LogIndex& known = durable[voter];
        known = std::max(known, up_to);
    }
    // The highest place that a majority of `list` has on disk.
    [[nodiscard]] LogIndex on_majority(const VoterList& list) const {
        std::vector<LogIndex> places;
        for (const Voter& voter : list) {
            for (const auto& [who, place] : durable) {
                const bool same_disk = who.disk == voter.disk || planted(Mistake::votes_by_node);
                if (who.node == voter.node && same_disk) places.push_back(place);
            }
        }
        if (places.size() < majority(list)) return LogIndex();
        std::sort(places.rbegin(), places.rend());
        return places[majority(list) - 1];
    }
};

}  // namespace pmx::replica
