// The entries from the base on, in memory, with what each place of the log puts in force; and some
// before the base, for members that are behind.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "replica/base.h"
#include "replica/in_force.h"
#include "wire/entry.h"

namespace pmx::replica {

class Log {
  public:
    // What is kept before the base: a member that was away for less catches up by the tail.
    static constexpr std::size_t max_kept_entries = 4096;
    static constexpr std::uint64_t max_kept_bytes = 4U << 20;

    // `entries` follow the base without a gap; their chain was checked by whoever read them.
    Log(Base base, const std::vector<wire::EntryPtr>& entries);

    [[nodiscard]] const Base& base() const { return base_; }
    [[nodiscard]] LogIndex last() const;
    [[nodiscard]] View last_view() const;
    [[nodiscard]] const wire::Chain& last_chain() const;
    // From the oldest entry kept on, the place before it included; nothing for what was cut off or
    // is not there yet.
    [[nodiscard]] std::optional<wire::Chain> chain_at(LogIndex index) const;
    [[nodiscard]] View view_at(LogIndex index) const;              // base.index up to last
    [[nodiscard]] const wire::EntryPtr& at(LogIndex index) const;  // from the oldest kept to last
    [[nodiscard]] bool has(LogIndex index) const { return index > kept_from_ && index <= last(); }

    // The list in force: the last one in base and log, committed or not.
    [[nodiscard]] const VoterList& voters() const { return in_force().voters; }
    [[nodiscard]] const InForce& in_force() const { return in_force_at(last()); }
    [[nodiscard]] const InForce& in_force_at(LogIndex index) const;  // base.index up to last

    // Gives the entry its chain. Its index is the one after last().
    wire::EntryPtr append(wire::Entry entry);
    // Forgets what is above `index`.
    void cut_after(LogIndex index);
    // Moves the base on to `base`, which is a place of this log.
    void rebase(const Base& base);

  private:
    void note(const wire::Entry& entry);
    void forget_oldest();

    Base base_;
    LogIndex kept_from_;  // entries after it are here
    wire::Chain kept_chain_{};
    std::deque<wire::EntryPtr> entries_;
    std::uint64_t kept_bytes_ = 0;          // of those up to the base
    std::map<LogIndex, InForce> in_force_;  // by the entry that brought it, the base's included
};

}  // namespace pmx::replica
