// The leader gives each change its place in the log, and tells the others.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "replica/impl.h"

namespace pmx::replica {
namespace {

// Larger operations than these neither take nor free a lock, and need not be decoded to know it.
constexpr std::size_t max_lock_op_bytes = 32U << 10;

}  // namespace

void Replica::Impl::on(Propose& event) {
    PMX_CHECK(event.kind == wire::EntryKind::change || event.kind == wire::EntryKind::barrier,
              "a proposal of a kind that is not for callers");
    Code refusal = writable(now);
    if (refusal == Code::ok && !requests.fits(event.op.size())) refusal = Code::busy;
    if (event.op.size() > wire::max_op_bytes) refusal = Code::file_too_large;
    if (refusal != Code::ok) {
        out.refused.push_back({event.sequence, refusal});
        return;
    }
    if (!something_waits()) progress = now;
    requests.add(event.sequence,
                 {event.kind, event.time, std::move(event.actor), std::move(event.op)});
    if (view_open()) propose(event.sequence);
}

// In a view that just opened: under the same request ids, oldest first.
void Replica::Impl::propose_waiting() {
    for (const std::uint64_t sequence : requests.sequences())
        propose(sequence);
}

void Replica::Impl::propose(std::uint64_t sequence) {
    const RequestId request = own_request(sequence);
    if (!alone()) requests.shown(sequence);
    if (!leading()) {
        multicast_body(request, wire::encode(requests.copy(sequence)));
    } else if (!damaged && !known(request)) {
        order(request, requests.take(sequence));
    }
}

void Replica::Impl::order(const RequestId& request, wire::Draft draft) {
    if (known(request)) return;
    expire_lock_before(draft);
    append_as_leader(request, std::move(draft));
}

void Replica::Impl::append_as_leader(const RequestId& request, wire::Draft draft) {
    if (!something_waits()) progress = now;
    wire::Entry entry;
    entry.index = next(log.last());
    entry.view = current->view;
    entry.kind = draft.kind;
    entry.request = request;
    entry.time = draft.time;
    entry.actor = std::move(draft.actor);
    entry.op = std::move(draft.op);
    append(std::move(entry));
}

// The first view of a cluster begins with the list of its voters, and so does that of an era in
// which some go on without the others.
void Replica::Impl::append_first_entry() {
    const bool by_list = current->founding() && !current->keeps_list;
    wire::Draft draft;
    draft.kind = by_list ? wire::EntryKind::voters : wire::EntryKind::first;
    draft.time = settings.started;
    if (by_list) draft.op = encode(current->voters);
    if (current->founds_era && forcing) {
        draft.time = forcing->time;
        draft.actor = forcing->actor;
    }
    scrub_ordered = now;
    append_as_leader(RequestId(), std::move(draft));
}

void Replica::Impl::order_own(wire::EntryKind kind, std::string op) {
    wire::Draft draft;
    draft.kind = kind;
    draft.time = settings.started;
    draft.op = std::move(op);
    append_as_leader(RequestId(), std::move(draft));
}

void Replica::Impl::expire_lock_before(const wire::Draft& draft) {
    if (draft.kind != wire::EntryKind::change || draft.op.size() > max_lock_op_bytes) return;
    const Result<tree::Op> op = tree::decode_op(draft.op);
    if (!op) return;
    const auto expiry = lock_clock.expired(state.tree, *op, now);
    if (!expiry) return;
    wire::Draft expire{wire::EntryKind::expire, draft.time, draft.actor, tree::encode(*expiry)};
    append_as_leader(RequestId(), std::move(expire));
}

// All that is ready goes out together; while our last ones are still in the ring, what comes
// gathers for the next.
void Replica::Impl::multicast_appends() {
    if (alone()) {
        sent = log.last();
        return;
    }
    if (appends_in_ring > 0) return;
    while (sent < log.last()) {
        wire::Append message;
        message.first = next(sent);
        std::size_t bytes = 0;
        while (sent < log.last() && message.items.size() < wire::max_append_items &&
               bytes < wire::max_piece_bytes) {
            sent = next(sent);
            message.items.push_back(item_for(*log.at(sent)));
            if (message.items.back().body) bytes += message.items.back().body->size();
        }
        say(current->view, std::move(message));
        ++appends_in_ring;
    }
}

// Others have the bodies of what they or a third node asked for; ours they get from us.
wire::Append::Item Replica::Impl::item_for(const wire::Entry& entry) {
    wire::Append::Item item{entry.request, std::nullopt};
    const bool by_us = entry.request == RequestId() ||
                       (entry.request.node == settings.node && entry.request.boot == settings.boot);
    if (!by_us) return item;
    std::string body = wire::encode(wire::Draft{entry.kind, entry.time, entry.actor, entry.op});
    if (body.size() <= wire::max_inside_bytes) {
        item.body = std::move(body);
    } else {
        multicast_body(entry.request, body);
    }
    return item;
}

void Replica::Impl::multicast_body(const RequestId& request, const std::string& bytes) {
    wire::Body body;
    body.request = request;
    body.hash = sha256(bytes);
    const std::size_t size = wire::max_piece_bytes;
    body.parts = static_cast<std::uint32_t>((bytes.size() + size - 1) / size);
    for (body.part = 0; body.part < body.parts; ++body.part) {
        body.piece = bytes.substr(body.part * size, size);
        say(current->view, body);
    }
}

}  // namespace pmx::replica
