// Giving other members what they lack.
#include <algorithm>
#include <utility>

#include "replica/impl.h"

namespace pmx::replica {

void Replica::Impl::hear(NodeId sender, const View& view, const wire::Fetch& fetch) {
    const bool for_us = fetch.from == settings.node && sender != settings.node;
    if (!for_us || !current || view != current->view || view.leader != settings.node) return;
    if (installing || !current->in_step) return;
    answer(sender, fetch);
}

void Replica::Impl::answer(NodeId member, const wire::Fetch& fetch) {
    // Who has this piece must have had every APPEND that went before.
    if (leading()) multicast_appends();
    wire::Piece piece;
    if (const auto* entries = std::get_if<wire::FetchEntries>(&fetch.what)) {
        piece = piece_of_log(*entries);
    } else if (const auto* outline = std::get_if<wire::FetchOutline>(&fetch.what)) {
        piece = piece_of_outline(member, *outline);
    } else {
        piece = piece_of_nodes(member, std::get<wire::FetchNodes>(fetch.what));
    }
    piece.to = member;
    piece.number = fetch.number;
    say(current->view, std::move(piece));
}

wire::Piece Replica::Impl::piece_of_log(const wire::FetchEntries& what) const {
    wire::Piece piece;
    // What was not multicast yet comes as APPEND.
    const LogIndex last = view_open() ? sent : log.last();
    const auto chain = log.chain_at(what.after);
    const bool ours = chain && (*chain == what.chain || planted(Mistake::served_chain_not_checked));
    if (what.after > last && ours) {
        // A snapshot is ahead of what was multicast where we alone decide.
        piece.what = wire::FetchRefusal::busy;
        return piece;
    }
    if (what.after > last || (chain && !ours)) {
        piece.what = wire::FetchRefusal::other_chain;
        return piece;
    }
    if (!chain) {
        piece.what = wire::FetchRefusal::cut_off;
        return piece;
    }
    wire::EntriesPiece entries;
    entries.first = next(what.after);
    entries.offset = what.offset;
    entries.last = last;
    entries.committed = committed;
    entries.bytes = cut_stream(what.offset, wire::max_fetched_bytes,
                               [&](std::size_t i) -> std::optional<std::string> {
                                   const LogIndex index(what.after.value + 1 + i);
                                   if (index > last) return std::nullopt;
                                   return entry_item(*log.at(index));
                               });
    piece.what = std::move(entries);
    return piece;
}

wire::Piece Replica::Impl::piece_of_outline(NodeId member, const wire::FetchOutline& what) {
    wire::Piece piece;
    const Snapshots::Pinned* pinned = nullptr;
    if (what.snapshot == LogIndex()) {
        // A log that ends in an older view than one it had before would look like an old copy. So
        // it waits for an entry of this view; but an era that cannot open without it has none. And
        // what is committed in this very step is not applied yet.
        const Round::Said* said = round.from(member);
        const bool not_back =
            said != nullptr && log.view_at(state.applied) >= said->hello.last_view;
        const bool founds =
            said != nullptr && !view_open() && current->view.era > said->hello.last_view.era;
        const bool may_serve = !damaged && (not_back || state.applied > current->start || founds) &&
                               out.committed.empty();
        if (may_serve) pinned = snapshots.pin(member, base(), state.tree, now);
        piece.what = wire::FetchRefusal::busy;
    } else {
        pinned = snapshots.find(member, what.snapshot, now);
        piece.what = wire::FetchRefusal::no_snapshot;
    }
    if (pinned == nullptr) return piece;
    wire::OutlinePiece outline;
    outline.snapshot = pinned->index;
    outline.total = static_cast<std::uint32_t>(pinned->outline.size());
    outline.offset = std::min(what.offset, outline.total);
    outline.bytes = pinned->outline.substr(outline.offset, wire::max_fetched_bytes);
    piece.what = std::move(outline);
    return piece;
}

wire::Piece Replica::Impl::piece_of_nodes(NodeId member, const wire::FetchNodes& what) {
    wire::Piece piece;
    const Snapshots::Pinned* pinned = snapshots.find(member, what.snapshot, now);
    const bool all_there =
        pinned != nullptr &&
        std::all_of(what.inodes.begin(), what.inodes.end(),
                    [pinned](Inode inode) { return pinned->nodes.contains(inode); });
    if (!all_there) {
        piece.what = wire::FetchRefusal::no_snapshot;
        return piece;
    }
    wire::NodesPiece nodes_piece;
    nodes_piece.snapshot = pinned->index;
    nodes_piece.offset = what.offset;
    nodes_piece.bytes = cut_stream(what.offset, wire::max_fetched_bytes,
                                   [&](std::size_t i) -> std::optional<std::string> {
                                       if (i >= what.inodes.size()) return std::nullopt;
                                       return node_item(pinned->nodes.at(what.inodes[i]));
                                   });
    piece.what = std::move(nodes_piece);
    return piece;
}

}  // namespace pmx::replica
