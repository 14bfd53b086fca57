#include "replica/in_force.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"

namespace pmx::replica {

namespace {

void forget_one(ViewEnds& ended) {
    const auto oldest = std::adjacent_find(
        ended.begin(), ended.end(),
        [](const ViewEnd& a, const ViewEnd& b) { return a.view.era == b.view.era; });
    ended.erase(oldest == ended.end() ? ended.begin() : oldest);
}

}  // namespace

bool InForce::apply(const wire::Entry& entry) {
    bool changed = false;
    if (entry.view != view) {
        if (view != View{}) ended.push_back({view, LogIndex(entry.index.value - 1)});
        if (ended.size() > max_view_ends) forget_one(ended);
        view = entry.view;
        changed = true;
    }
    if (entry.kind == wire::EntryKind::voters) {
        if (Result<VoterList> list = decode_voters(entry.op)) {
            voters = *std::move(list);
            voters_since = entry.index;
            changed = true;
        }
    } else if (entry.kind == wire::EntryKind::level) {
        const std::uint32_t raised = level_after(level, entry);
        changed = changed || raised != level;
        level = raised;
    }
    return changed;
}

std::uint32_t level_after(std::uint32_t level, const wire::Entry& entry) {
    ByteReader in(entry.op);
    const std::uint32_t raised = in.u32();
    return in.complete() ? std::max(level, raised) : level;
}

LogIndex last_common(const ViewEnds& ours, const ViewEnds& theirs) {
    auto our = ours.rbegin();
    auto their = theirs.rbegin();
    while (our != ours.rend() && their != theirs.rend()) {
        if (our->view == their->view) return std::min(our->last, their->last);
        if (our->view > their->view) {
            ++our;
        } else {
            ++their;
        }
    }
    return LogIndex();
}

}  // namespace pmx::replica
