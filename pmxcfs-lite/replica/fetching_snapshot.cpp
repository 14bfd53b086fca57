// Getting a tree where the log is no way there: the inodes that differ from ours, of one index.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "replica/impl.h"

namespace pmx::replica {

void Replica::Impl::take(wire::OutlinePiece& piece) {
    if (fetching.stage != Fetching::Stage::outline) return;
    const bool begins = fetching.snapshot == LogIndex();
    if (begins) {
        fetching.snapshot = piece.snapshot;
        fetching.outline_total = piece.total;
    }
    const bool continues = piece.snapshot == fetching.snapshot &&
                           piece.total == fetching.outline_total &&
                           piece.offset == fetching.outline_bytes.size() &&
                           piece.total <= max_outline_bytes && !piece.bytes.empty();
    if (!continues) return start_snapshot_over();
    fetching.outline_bytes += piece.bytes;
    if (fetching.outline_bytes.size() >= fetching.outline_total) plan_snapshot();
}

void Replica::Impl::plan_snapshot() {
    Result<Outline> outline = decode_outline(fetching.outline_bytes);
    if (!outline) return start_snapshot_over();
    const Base& base = outline->base;
    if (base.index != fetching.snapshot || base.view > current->view) return start_snapshot_over();
    // What our log has above it was reported durable, and may have been counted for a commit that
    // the leader is still to hear of. It comes to it: then its snapshot is of no less. Only in a
    // later era it never does: what the era's founders do not have lost out.
    const bool later_era = current->view.era > log.last_view().era;
    if (!later_era && std::pair(base.view, base.index) < std::pair(log.last_view(), log.last())) {
        return start_snapshot_over();
    }
    const LogIndex index = fetching.snapshot;
    fetching.begin(Fetching::Stage::nodes);
    fetching.snapshot = index;
    fetching.outline = *std::move(outline);
    for (const auto& [inode, digest] : fetching.outline->inodes) {
        const auto fetched = fetching.nodes.find(inode);
        const bool there =
            fetched != fetching.nodes.end() && tree::digest(fetched->second) == digest;
        if (!there && !has_node(inode, digest)) fetching.missing.push_back(inode);
    }
    if (fetching.missing.empty()) finish_snapshot();
}

bool Replica::Impl::has_node(Inode inode, const Sha256& digest) const {
    return state.tree.find(inode) != nullptr && state.tree.digest_of(inode) == digest;
}

void Replica::Impl::take(wire::NodesPiece& piece) {
    if (fetching.stage != Fetching::Stage::nodes || piece.snapshot != fetching.snapshot ||
        piece.offset != fetching.stream.offset() || piece.bytes.empty()) {
        return;
    }
    fetching.stream.add(piece.bytes);
    while (fetching.position < fetching.missing.size()) {
        Result<tree::Node> node = fetching.stream.next_node();
        if (!node && node.error().code() == Code::busy) return;
        const Inode inode = fetching.missing[fetching.position];
        const auto& inodes = fetching.outline->inodes;
        const auto wanted =
            std::lower_bound(inodes.begin(), inodes.end(), std::pair(inode, Sha256{}));
        if (!node || node->inode != inode || tree::digest(*node) != wanted->second) {
            return start_snapshot_over();
        }
        out.keep_aside.push_back(*node);
        fetching.nodes.insert_or_assign(inode, *std::move(node));
        ++fetching.position;
    }
    finish_snapshot();
}

// What was fetched is kept aside, so only what it lacked or had wrong is fetched again.
void Replica::Impl::start_snapshot_over() {
    fetching.begin(Fetching::Stage::idle);
    fetch_again_later();
}

void Replica::Impl::finish_snapshot() {
    Outline& outline = *fetching.outline;
    Install install;
    for (const auto& [inode, digest] : outline.inodes) {
        if (has_node(inode, digest)) continue;
        const auto fetched = fetching.nodes.find(inode);
        // Damaged here since the outline came: it was not among the missing.
        if (fetched == fetching.nodes.end()) return start_snapshot_over();
        install.changed.push_back(fetched->second);
    }
    for (const auto& [inode, node] : state.tree.nodes()) {
        const bool stays = std::binary_search(
            outline.inodes.begin(), outline.inodes.end(), std::pair(inode, Sha256{}),
            [](const auto& a, const auto& b) { return a.first < b.first; });
        if (!stays) install.removed.push_back(inode);
    }
    const auto tree =
        tree::tree_with(state.tree, install.changed, install.removed, outline.cluster_log);
    if (!tree || tree->digest() != outline.base.tree_digest) {
        fetching.nodes.clear();
        return start_snapshot_over();
    }
    const LogIndex common = common_with(outline.base);
    install.reject_from = next(common);
    install.lost = state.results.lost_in(outline.base.results, common);
    for (LogIndex i = next(state.applied); i <= log.last(); i = next(i))
        install.above_applied.push_back(log.at(i));
    install.base = std::move(outline.base);
    install.cluster_log = std::move(outline.cluster_log);
    installing = install.base;
    out.install = std::move(install);
}

// The last place that our log has in common with the one that `base` is of.
LogIndex Replica::Impl::common_with(const Base& base) const {
    ViewEnds ours = log.in_force().ended;
    ours.push_back({log.last_view(), log.last()});
    ViewEnds theirs = base.ended;
    theirs.push_back({base.view, base.index});
    const LogIndex common = last_common(ours, theirs);
    // Within one era nothing that was committed is lost.
    return base.view.era == log.last_view().era ? std::max(common, committed) : common;
}

void Replica::Impl::on(SnapshotRefused& /*event*/) {
    installing.reset();
    fetching.begin(Fetching::Stage::outline);
    fetch_again_later();
}

void Replica::Impl::on(SnapshotInstalled& event) {
    PMX_CHECK(installing && installing->index == event.index, "a snapshot that was not asked for");
    log = Log(*std::exchange(installing, std::nullopt), {});
    durable = committed = settled = log.last();
    PMX_CHECK(state.applied == committed, "the state is not that of the snapshot");
    unapplied.clear();
    cut_due.reset();
    rejected_due.clear();
    damaged = false;
    scrub_index = {};  // of a higher era it may be of a lower index
    fetching.begin(Fetching::Stage::idle);
    for (const std::uint64_t sequence : requests.sequences()) {
        if (const auto applied = state.results.find(own_request(sequence))) {
            out.answered.push_back({sequence, *applied});
            requests.answered(sequence);
        }
    }
    if (current) current->in_step = current->frozen = false;
    progress = now;
    say_hello_once_flushed();
    consider_leading();
}

}  // namespace pmx::replica
