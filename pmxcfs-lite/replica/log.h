// The entries from the base on, in memory, with the voter list that each place of the log implies.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "replica/base.h"
#include "replica/voters.h"
#include "wire/entry.h"

namespace pmx::replica {

class Log {
  public:
    // `entries` follow the base without a gap; their chain was checked by whoever read them.
    Log(Base base, const std::vector<wire::EntryPtr>& entries);

    [[nodiscard]] const Base& base() const { return base_; }
    [[nodiscard]] LogIndex last() const;
    [[nodiscard]] View last_view() const;
    [[nodiscard]] const wire::Chain& last_chain() const;
    // The base's place included; nothing for what was cut off or is not there yet.
    [[nodiscard]] std::optional<wire::Chain> chain_at(LogIndex index) const;
    [[nodiscard]] View view_at(LogIndex index) const;              // base.index up to last
    [[nodiscard]] const wire::EntryPtr& at(LogIndex index) const;  // after the base, up to last

    // The list in force: the last one in base and log, committed or not.
    [[nodiscard]] const VoterList& voters() const { return voters_at(last()); }
    [[nodiscard]] const VoterList& voters_at(LogIndex index) const;

    // Gives the entry its chain. Its index is the one after last().
    wire::EntryPtr append(wire::Entry entry);
    // Forgets what is above `index`.
    void cut_after(LogIndex index);
    // Forgets what is before `base`, which is a place of this log.
    void rebase(const Base& base);

  private:
    void note_voters(const wire::Entry& entry);

    Base base_;
    std::deque<wire::EntryPtr> entries_;
    std::map<LogIndex, VoterList> voters_;  // by the entry that brought them, the base's included
};

}  // namespace pmx::replica
