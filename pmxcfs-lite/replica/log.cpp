#include "replica/log.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace pmx::replica {

Log::Log(Base base, const std::vector<wire::EntryPtr>& entries)
    : base_(std::move(base)), kept_from_(base_.index), kept_chain_(base_.chain) {
    in_force_.emplace(base_.index,
                      InForce{base_.voters, LogIndex(), base_.level, base_.view, base_.ended});
    for (const wire::EntryPtr& entry : entries) {
        PMX_CHECK(entry->index == next(last()), "the stored log has a gap");
        entries_.push_back(entry);
        note(*entry);
    }
}

LogIndex Log::last() const {
    return LogIndex(kept_from_.value + entries_.size());
}

View Log::last_view() const {
    return view_at(last());
}

const wire::Chain& Log::last_chain() const {
    return entries_.empty() ? kept_chain_ : entries_.back()->chain;
}

std::optional<wire::Chain> Log::chain_at(LogIndex index) const {
    if (index == kept_from_) return kept_chain_;
    if (!has(index)) return std::nullopt;
    return at(index)->chain;
}

View Log::view_at(LogIndex index) const {
    return index == base_.index ? base_.view : at(index)->view;
}

const wire::EntryPtr& Log::at(LogIndex index) const {
    PMX_CHECK(has(index), "an entry that is not in the log");
    return entries_[index.value - kept_from_.value - 1];
}

const InForce& Log::in_force_at(LogIndex index) const {
    PMX_CHECK(index >= base_.index, "what was in force at a place that was cut off");
    return std::prev(in_force_.upper_bound(index))->second;
}

wire::EntryPtr Log::append(wire::Entry entry) {
    PMX_CHECK(entry.index == next(last()), "an append that leaves a gap");
    PMX_CHECK(entry.view >= last_view(), "a view that goes back in the log");
    entry.chain = wire::chain_after(last_chain(), entry);
    entries_.push_back(std::make_shared<const wire::Entry>(std::move(entry)));
    note(*entries_.back());
    return entries_.back();
}

void Log::cut_after(LogIndex index) {
    PMX_CHECK(index >= base_.index && index <= last(), "a cut outside the log");
    entries_.resize(index.value - kept_from_.value);
    in_force_.erase(in_force_.upper_bound(index), in_force_.end());
}

void Log::rebase(const Base& base) {
    PMX_CHECK(base.index >= base_.index && chain_at(base.index) == base.chain,
              "a base that is no place of the log");
    for (LogIndex i = next(base_.index); i <= base.index; i = next(i))
        kept_bytes_ += at(i)->op.size();
    InForce at_base = in_force_at(base.index);
    in_force_.erase(in_force_.begin(), in_force_.upper_bound(base.index));
    in_force_.emplace(base.index, std::move(at_base));
    base_ = base;
    while (base_.index.value - kept_from_.value > max_kept_entries || kept_bytes_ > max_kept_bytes)
        forget_oldest();
}

void Log::forget_oldest() {
    kept_bytes_ -= entries_.front()->op.size();
    kept_from_ = entries_.front()->index;
    kept_chain_ = entries_.front()->chain;
    entries_.pop_front();
}

void Log::note(const wire::Entry& entry) {
    const InForce& before = std::prev(in_force_.end())->second;
    if (!before.may_change_by(entry)) return;
    InForce after = before;
    if (after.apply(entry)) in_force_.insert_or_assign(entry.index, std::move(after));
}

}  // namespace pmx::replica
