// What the leader ordered goes into the log, in order or not at all.
#include <utility>

#include "base/check.h"
#include "replica/impl.h"

namespace pmx::replica {
namespace {

// Many times what a disk of any health has waiting: a transaction has 512 entries.
constexpr std::uint64_t max_unwritten_entries = 4096;
constexpr std::uint64_t max_unwritten_bytes = 32U << 20;

}  // namespace

void Replica::Impl::hear(NodeId sender, const View& view, const wire::Body& body) {
    if (!current || view != current->view) return;
    if (sender == settings.node || body.request.node != sender || known(body.request)) return;
    if (bodies.add(body) && leading() && !damaged) order(body.request, *bodies.take(body.request));
}

void Replica::Impl::hear(NodeId sender, const View& view, const wire::Append& append) {
    if (sender != view.leader) return;
    if (refused && view == refused->view) follow_refused();
    if (!current || view != current->view) return;
    if (sender == settings.node) {
        // The leader appended when it ordered.
        if (appends_in_ring > 0) --appends_in_ring;
        return;
    }
    // It orders only in a view that is open, whether or not every ACCEPT came this way.
    if (!current->open) open_view();
    if (current->in_step) append_from_leader(append);
}

// A gap, be it a place or a body, ends being in step: nothing more is appended or reported until
// what is missing was fetched. So does a disk that hangs while the others go on: what it was given
// and has not written is in memory, and all else is fetched once it has.
void Replica::Impl::append_from_leader(const wire::Append& append) {
    current->in_step = reach_place(append.first);
    for (const wire::Append::Item& item : append.items) {
        if (!current->in_step) return;
        current->in_step = disk_keeps_up() && append_item(item);
    }
}

bool Replica::Impl::disk_keeps_up() const {
    if (log.last().value - durable.value >= max_unwritten_entries) return false;
    std::uint64_t bytes = 0;
    for (LogIndex i = next(durable); i <= log.last(); i = next(i))
        bytes += log.at(i)->op.size();
    return bytes < max_unwritten_bytes;
}

// Whether `first` is what comes next in our log, once what we have beyond the start of the view is
// forgotten. That waits for our disk to have all that it was given: then no report of an entry
// that is gone can be taken for one that came in its place.
bool Replica::Impl::reach_place(LogIndex first) {
    const bool surplus = log.last() > current->start && log.last_view() < current->view;
    if (surplus && first == next(current->start)) {
        if (durable != log.last()) return false;
        reject_what_is_cut(current->start);
        cut_log_after(current->start);
    }
    return first == next(log.last()) || planted(Mistake::gap_accepted);
}

bool Replica::Impl::append_item(const wire::Append::Item& item) {
    std::optional<wire::Draft> draft = draft_for(item);
    if (!draft) return false;
    wire::Entry entry;
    entry.index = next(log.last());
    entry.view = current->view;
    entry.kind = draft->kind;
    entry.request = item.request;
    entry.time = draft->time;
    entry.actor = std::move(draft->actor);
    entry.op = std::move(draft->op);
    append(std::move(entry));
    return true;
}

std::optional<wire::Draft> Replica::Impl::draft_for(const wire::Append::Item& item) {
    if (item.body) {
        Result<wire::Draft> draft = wire::decode_draft(*item.body);
        if (!draft) return std::nullopt;
        return *std::move(draft);
    }
    if (own(item.request)) return requests.take(item.request.sequence);
    return bodies.take(item.request);
}

}  // namespace pmx::replica
