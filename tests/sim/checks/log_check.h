// Logs never disagree on what is committed, an acknowledged save stays committed, and no request
// stands in the log twice.
//
// Where quorum is granted to fewer, what is committed may part into lines, as eras do. An era
// decides what its founders have, entries of an earlier era that were never committed in that
// included. The line of the highest era is the one that counts; the others' entries are lost, until
// a still higher era goes on from one of them. Within one era nothing ever is. Nor does an era that
// nobody forced lose what an era before it committed: one that its line has entries of. Half of the
// voters have all that a majority has decided.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "replica/request_results.h"
#include "tests/sim/checks/violations.h"
#include "wire/entry.h"

namespace pmx::sim {

class LogCheck {
  public:
    LogCheck(Violations& violations, bool eras_may_change)
        : violations_(violations), eras_may_change_(eras_may_change) {}

    // A node that follows a view of `era` applied the entry after the one with chain `before`, and
    // the entry that was counted with it is of `counted_in`; nothing: of `era`. True: no node did
    // before.
    bool committed(NodeId node, const Era& era, const wire::Chain& before,
                   const wire::EntryPtr& entry, std::optional<Era> counted_in = std::nullopt);
    // The administrator said that those present go on, whatever the others have: from now on an era
    // may lose anything.
    void forced() { forced_ = true; }
    // A node's state came as a snapshot of this place.
    void installed(NodeId node, LogIndex index, const wire::Chain& chain);
    // A caller was told that its request succeeded, or failed at apply.
    void acknowledged(const RequestId& request);
    // A caller was told that its request will never be.
    void refused(const RequestId& request);

    [[nodiscard]] LogIndex last() const { return LogIndex(line_.size()); }
    [[nodiscard]] bool is_committed(LogIndex index, const wire::Chain& chain) const;
    [[nodiscard]] bool is_committed(const RequestId& request) const {
        return requests_.contains(request);
    }
    // Whoever is at rest knows of every request that was applied that it was.
    void all_are_known(NodeId node, const replica::RequestResults& results);
    [[nodiscard]] const wire::EntryPtr& at(LogIndex index) const { return line_[index.value - 1]; }
    // The entry is the one with this chain or one before it, in any line that was committed.
    [[nodiscard]] bool leads_to(const wire::Entry& entry, const wire::Chain& chain) const;
    // Some entry that was committed is not in the line that counts.
    [[nodiscard]] bool any_lost() const { return known_.size() > line_.size(); }
    [[nodiscard]] std::size_t acknowledged_count() const { return acknowledged_.size(); }

  private:
    struct Known {
        wire::EntryPtr entry;
        wire::Chain before{};
        Era era;  // that committed it
    };
    void extend(NodeId node, const wire::EntryPtr& entry);
    void go_on_from(NodeId node, const wire::EntryPtr& entry);
    void lose_after(std::size_t place, const std::vector<wire::EntryPtr>& instead);
    void check_loss(const std::set<Era>& eras_before, const wire::EntryPtr& lost);
    [[nodiscard]] wire::Chain tip() const {
        return line_.empty() ? wire::Chain{} : line_.back()->chain;
    }

    Violations& violations_;
    const bool eras_may_change_;
    bool forced_ = false;
    std::vector<wire::EntryPtr> line_;        // that counts, from index 1 on
    Era era_;                                 // which has decided it
    std::map<wire::Chain, Known> known_;      // of all lines
    std::set<RequestId> known_requests_;      // likewise
    std::map<RequestId, LogIndex> requests_;  // of line_
    std::set<RequestId> acknowledged_;
    std::set<RequestId> refused_;
};

}  // namespace pmx::sim
