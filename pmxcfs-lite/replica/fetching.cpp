// Getting what our log lacks: the tail, from the leader of the view that we follow.
//
// The leader's pieces come in one order with its APPENDs. So who has all up to the last entry that
// a piece speaks of misses nothing: the next APPEND follows it.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "replica/impl.h"

namespace pmx::replica {

bool Replica::Impl::lacks_something() const {
    if (!current || installing) return false;
    const NodeId leader = current->view.leader;
    return !current->in_step && leader != settings.node && present(leader);
}

void Replica::Impl::consider_fetching() {
    if (!lacks_something()) {
        if (fetching.stage != Fetching::Stage::idle && !installing) {
            fetching.begin(Fetching::Stage::idle);
        }
        return;
    }
    if (fetching.ask_at && now < *fetching.ask_at) return;
    // A cut must find on the disk all that was given to it.
    if (durable != log.last()) return;
    if (fetching.stage == Fetching::Stage::idle) begin_fetching();
    if (!fetching.awaiting || fetching.ask_at) ask();
}

// From our last entry, if the leader has it.
void Replica::Impl::begin_fetching() {
    if (current->frozen) return fetching.begin(Fetching::Stage::outline);
    fetch_entries_after(log.last());
}

void Replica::Impl::fetch_entries_after(LogIndex index) {
    fetching.begin(Fetching::Stage::entries);
    fetching.after = index;
    fetching.chain = log.chain_at(index).value();
}

void Replica::Impl::ask() {
    wire::Fetch fetch;
    fetch.from = current->view.leader;
    fetch.number = ++fetching.number;
    switch (fetching.stage) {
        case Fetching::Stage::idle:
            return;
        case Fetching::Stage::entries:
            fetch.what =
                wire::FetchEntries{fetching.after, fetching.chain, fetching.stream.offset()};
            break;
        case Fetching::Stage::outline:
            fetch.what = wire::FetchOutline{
                fetching.snapshot, static_cast<std::uint32_t>(fetching.outline_bytes.size())};
            break;
        case Fetching::Stage::nodes: {
            const auto from =
                fetching.missing.begin() + static_cast<std::ptrdiff_t>(fetching.position);
            const auto count =
                std::min<std::ptrdiff_t>(fetching.missing.end() - from, wire::max_fetched_inodes);
            fetch.what =
                wire::FetchNodes{fetching.snapshot, fetching.stream.offset(), {from, from + count}};
            break;
        }
    }
    fetching.awaiting = true;
    ++fetching.unanswered;
    fetching.ask_at = now + Fetching::patience;
    say(current->view, std::move(fetch));
}

void Replica::Impl::fetch_again_later() {
    fetching.awaiting = true;
    fetching.ask_at = now + Fetching::pause;
}

void Replica::Impl::hear(NodeId sender, const View& view, const wire::Piece& piece) {
    const bool for_us = piece.to == settings.node && current && view == current->view &&
                        sender == view.leader && lacks_something();
    if (!for_us || !fetching.awaiting || piece.number != fetching.number) return;
    fetching.awaiting = false;
    fetching.unanswered = 0;
    fetching.ask_at.reset();
    wire::Piece taken = piece;
    std::visit([this](auto& what) { take(what); }, taken.what);
}

void Replica::Impl::take(wire::EntriesPiece& piece) {
    if (fetching.stage != Fetching::Stage::entries || piece.first != next(fetching.after) ||
        piece.offset != fetching.stream.offset()) {
        return;
    }
    fetching.target = piece.last;
    leader_committed = std::max(leader_committed, piece.committed);
    fetching.stream.add(piece.bytes);
    for (;;) {
        Result<wire::Entry> entry = fetching.stream.next_entry();
        if (!entry && entry.error().code() == Code::busy) break;
        if (!entry || !take_entry(*std::move(entry))) {
            fetching.begin(Fetching::Stage::idle);
            return fetch_again_later();
        }
    }
    const bool has_all = fetching.after >= piece.last || planted(Mistake::in_step_too_early);
    if (has_all && fetching.stream.offset() == 0) reach_step();
}

// Whether it followed what we have, once what differs of ours is cut.
bool Replica::Impl::take_entry(wire::Entry entry) {
    if (entry.index != next(fetching.after)) return false;
    const bool follows = wire::chain_after(fetching.chain, entry) == entry.chain ||
                         planted(Mistake::fetched_chain_not_checked);
    if (!follows) return false;
    fetching.after = entry.index;
    fetching.chain = entry.chain;
    if (log.chain_at(entry.index) == entry.chain) return true;
    const LogIndex before(entry.index.value - 1);
    if (before < committed) {
        out.stop = "the leader's log differs from what is committed here, at entry " +
                   std::to_string(entry.index.value);
        return false;
    }
    const View previous = log.view_at(before);
    if (entry.view < previous || entry.view > current->view) return false;
    if (log.last() > before) {
        if (durable != log.last()) return false;
        reject_what_is_cut(before);
        cut_log_after(before);
    }
    (void)bodies.take(entry.request);
    append(std::move(entry));
    return true;
}

void Replica::Impl::reach_step() {
    if (log.last() != fetching.after) return fetch_again_later();
    fetching.begin(Fetching::Stage::idle);
    fetching.nodes.clear();
    current->in_step = true;
    note_steadiness();
    accept_once_ready();
    count_reports_of_later_entries();
    report_durable();
    advance_commit();
}

void Replica::Impl::take(wire::FetchRefusal& refusal) {
    switch (refusal) {
        case wire::FetchRefusal::busy:
            return fetch_again_later();
        case wire::FetchRefusal::no_snapshot:
            return fetching.begin(Fetching::Stage::outline);
        case wire::FetchRefusal::cut_off:
            break;
        case wire::FetchRefusal::other_chain:
            if (fetching.stage == Fetching::Stage::entries && fetching.after <= committed &&
                current->view.era == log.last_view().era && log.last() != LogIndex()) {
                out.stop = "the leader, node " + std::to_string(current->view.leader.value) +
                           ", does not have what is committed here, up to entry " +
                           std::to_string(committed.value);
                return;
            }
            break;
    }
    if (fetching.stage != Fetching::Stage::entries) return fetch_again_later();
    if (fetching.after <= committed || refusal == wire::FetchRefusal::cut_off) {
        return fetching.begin(Fetching::Stage::outline);
    }
    // What follows our last committed entry is short, and the leader must have that one. No larger
    // step: it could lead past the last place that both have, to where the leader's log is cut off.
    fetch_entries_after(LogIndex(fetching.after.value - 1));
}

}  // namespace pmx::replica
