#include "replica/log.h"

#include <utility>

#include "base/check.h"

namespace pmx::replica {

Log::Log(Base base, const std::vector<wire::EntryPtr>& entries) : base_(std::move(base)) {
    voters_.emplace(base_.index, base_.voters);
    for (const wire::EntryPtr& entry : entries) {
        PMX_CHECK(entry->index == next(last()), "the stored log has a gap");
        entries_.push_back(entry);
        note_voters(*entry);
    }
}

LogIndex Log::last() const {
    return LogIndex(base_.index.value + entries_.size());
}

View Log::last_view() const {
    return view_at(last());
}

const wire::Chain& Log::last_chain() const {
    return entries_.empty() ? base_.chain : entries_.back()->chain;
}

std::optional<wire::Chain> Log::chain_at(LogIndex index) const {
    if (index == base_.index) return base_.chain;
    if (index < base_.index || index > last()) return std::nullopt;
    return at(index)->chain;
}

View Log::view_at(LogIndex index) const {
    return index == base_.index ? base_.view : at(index)->view;
}

const wire::EntryPtr& Log::at(LogIndex index) const {
    PMX_CHECK(index > base_.index && index <= last(), "an entry that is not in the log");
    return entries_[index.value - base_.index.value - 1];
}

const VoterList& Log::voters_at(LogIndex index) const {
    PMX_CHECK(index >= base_.index, "voters of a place that was cut off");
    return std::prev(voters_.upper_bound(index))->second;
}

wire::EntryPtr Log::append(wire::Entry entry) {
    PMX_CHECK(entry.index == next(last()), "an append that leaves a gap");
    PMX_CHECK(entry.view >= last_view(), "a view that goes back in the log");
    entry.chain = wire::chain_after(last_chain(), entry);
    entries_.push_back(std::make_shared<const wire::Entry>(std::move(entry)));
    note_voters(*entries_.back());
    return entries_.back();
}

void Log::cut_after(LogIndex index) {
    PMX_CHECK(index >= base_.index && index <= last(), "a cut outside the log");
    entries_.resize(index.value - base_.index.value);
    voters_.erase(voters_.upper_bound(index), voters_.end());
}

void Log::rebase(const Base& base) {
    PMX_CHECK(chain_at(base.index) == base.chain, "a base that is no place of the log");
    const auto cut = static_cast<std::ptrdiff_t>(base.index.value - base_.index.value);
    entries_.erase(entries_.begin(), entries_.begin() + cut);
    voters_.erase(voters_.begin(), voters_.upper_bound(base.index));
    voters_.emplace(base.index, base.voters);
    base_ = base;
}

// A list that does not decode changes nothing, on every node alike.
void Log::note_voters(const wire::Entry& entry) {
    if (entry.kind != wire::EntryKind::voters) return;
    Result<VoterList> voters = decode_voters(entry.op);
    if (voters) voters_.emplace(entry.index, *std::move(voters));
}

}  // namespace pmx::replica
