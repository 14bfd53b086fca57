// The view that this node has agreed to follow, and how far its voters have come in it.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "base/ids.h"
#include "replica/voters.h"
#include "wire/entry.h"

namespace pmx::replica {

struct ViewState {
    View view;
    LogIndex start;  // the leader's last entry when it proposed the view; the view's come after
    wire::Chain chain{};  // at start
    VoterList voters;     // who may open it

    bool accepts = true;  // false: it opened although our log was ahead; we follow without a say
    bool open = false;
    bool in_step = false;  // our log is the leader's up to here, without a gap
    std::set<Voter> accepted;
    std::map<Voter, LogIndex> durable;  // on each voter's disk, on the same chain as ours

    // The first view of a cluster has no list in any log yet: all of its voters must agree.
    [[nodiscard]] bool founding() const { return start == LogIndex(); }
    [[nodiscard]] std::size_t needed() const {
        return founding() ? voters.size() : majority(voters);
    }

    void report(const Voter& voter, LogIndex up_to) {
        LogIndex& known = durable[voter];
        known = std::max(known, up_to);
    }
    // The highest place that a majority of `list` has on disk.
    [[nodiscard]] LogIndex on_majority(const VoterList& list) const {
        std::vector<LogIndex> places;
        for (const Voter& voter : list) {
            const auto known = durable.find(voter);
            if (known != durable.end()) places.push_back(known->second);
        }
        if (places.size() < majority(list)) return LogIndex();
        std::sort(places.rbegin(), places.rend());
        return places[majority(list) - 1];
    }
};

}  // namespace pmx::replica
