#include "replica/state_machine.h"

#include <utility>

#include "base/check.h"
#include "replica/in_force.h"
#include "replica/mistakes.h"

namespace pmx::replica {
namespace {

tree::Outcome refuse(Code code) {
    tree::Outcome outcome;
    outcome.result = code;
    return outcome;
}

// Freeing a lock is the leader's to order, whatever a caller sends.
bool is_expiry(const tree::Op& op) {
    return std::holds_alternative<tree::ExpireLock>(op);
}

tree::Outcome apply_op(tree::Tree& tree, const wire::Entry& entry, std::uint32_t level) {
    const Result<tree::Op> op = tree::decode_op(entry.op);
    if (!op || tree::level_of(*op) > level) return refuse(Code::corrupt);
    if (is_expiry(*op) != (entry.kind == wire::EntryKind::expire)) {
        return refuse(Code::permission_denied);
    }
    const bool by_leader = entry.request == RequestId();
    const NodeId origin = by_leader ? entry.view.leader : entry.request.node;
    return tree.apply(*op, {entry.index, entry.time, origin});
}

}  // namespace

tree::Outcome StateMachine::apply(const wire::Entry& entry) {
    PMX_CHECK(entry.index == next(applied), "an entry applied out of order");
    applied = entry.index;
    const bool has_request = entry.request != RequestId();
    if (has_request && !planted(Mistake::request_id_not_checked)) {
        if (const auto done = results.find(entry.request)) return {done->result, done->inode, {}};
        if (results.was_applied(entry.request)) return {};  // nobody waits for what it gave
    }
    tree::Outcome outcome;
    if (entry.kind == wire::EntryKind::change || entry.kind == wire::EntryKind::expire) {
        outcome = apply_op(tree, entry, level);
    } else if (entry.kind == wire::EntryKind::level) {
        level = level_after(level, entry);
    }
    const bool by_leader_itself = !has_request && entry.kind != wire::EntryKind::expire;
    if (by_leader_itself) digest_taken = Digest{entry.index, tree.digest()};
    if (has_request) results.record(entry.request, {entry.index, outcome.result, outcome.inode});
    return outcome;
}

}  // namespace pmx::replica
