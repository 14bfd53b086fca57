#include "replica/bodies.h"

#include <utility>
#include <vector>

namespace pmx::replica {
namespace {

// All else is the leader's own to order, whatever a member asks for.
bool is_for_callers(wire::EntryKind kind) {
    return kind == wire::EntryKind::change || kind == wire::EntryKind::barrier;
}

}  // namespace

// False when the part does not continue the body, or completes it to something else than was meant.
bool Bodies::add_part(Body& body, const wire::Body& part) {
    if (body.parts == 0) {
        body.parts = part.parts;
        body.hash = part.hash;
    }
    const bool continues =
        part.part == body.parts_seen && part.parts == body.parts && part.hash == body.hash;
    if (!continues) return false;
    body.bytes += part.piece;
    body.size += part.piece.size();
    if (++body.parts_seen < body.parts) return true;
    if (sha256(body.bytes) != body.hash) return false;
    Result<wire::Draft> draft = wire::decode_draft(body.bytes);
    if (!draft || !is_for_callers(draft->kind)) return false;
    body.draft = *std::move(draft);
    body.bytes = {};
    return true;
}

bool Bodies::add(const wire::Body& part) {
    FromNode& from = nodes_[part.request.node];
    if (from.bytes + part.piece.size() > max_bytes_per_node) return false;
    if (!from.bodies.contains(part.request) && from.bodies.size() >= max_bodies_per_node) {
        return false;
    }
    Body& body = from.bodies[part.request];
    if (body.draft) return false;
    from.bytes -= body.size;
    if (!add_part(body, part)) {
        from.bodies.erase(part.request);
        return false;
    }
    from.bytes += body.size;
    return body.draft.has_value();
}

std::vector<RequestId> Bodies::whole() const {
    std::vector<RequestId> requests;
    for (const auto& [node, from] : nodes_) {
        for (const auto& [request, body] : from.bodies) {
            if (body.draft) requests.push_back(request);
        }
    }
    return requests;
}

std::optional<wire::Draft> Bodies::take(const RequestId& request) {
    const auto from = nodes_.find(request.node);
    if (from == nodes_.end()) return std::nullopt;
    const auto body = from->second.bodies.find(request);
    if (body == from->second.bodies.end() || !body->second.draft) return std::nullopt;
    wire::Draft draft = *std::move(body->second.draft);
    from->second.bytes -= body->second.size;
    from->second.bodies.erase(body);
    return draft;
}

}  // namespace pmx::replica
