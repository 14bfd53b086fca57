#include "replica/own_requests.h"

#include "base/check.h"
#include "replica/request_results.h"

namespace pmx::replica {
namespace {

constexpr std::size_t request_overhead_bytes = 256;  // so that empty operations are bounded too

wire::Draft draft_of(const wire::Entry& entry) {
    return {entry.kind, entry.time, entry.actor, entry.op};
}

}  // namespace

bool OwnRequests::full() const {
    return !fits(0);
}

bool OwnRequests::fits(std::size_t op_bytes) const {
    return requests_.size() < RequestResults::max_in_flight &&
           bytes_ + op_bytes + request_overhead_bytes <= max_bytes;
}

std::vector<std::uint64_t> OwnRequests::sequences() const {
    std::vector<std::uint64_t> sequences;
    sequences.reserve(requests_.size());
    for (const auto& [sequence, request] : requests_)
        sequences.push_back(sequence);
    return sequences;
}

void OwnRequests::add(std::uint64_t sequence, wire::Draft draft) {
    const std::size_t bytes = draft.op.size() + request_overhead_bytes;
    const bool is_new =
        requests_.emplace(sequence, Request{std::move(draft), {}, bytes, false}).second;
    PMX_CHECK(is_new, "a sequence number used twice");
    bytes_ += bytes;
}

wire::Draft OwnRequests::take(std::uint64_t sequence) {
    Request& request = requests_.at(sequence);
    return request.entry ? draft_of(*request.entry) : std::move(request.draft);
}

void OwnRequests::give_back(std::uint64_t sequence, wire::EntryPtr entry) {
    requests_.at(sequence).entry = std::move(entry);
}

wire::Draft OwnRequests::copy(std::uint64_t sequence) const {
    const Request& request = requests_.at(sequence);
    return request.entry ? draft_of(*request.entry) : request.draft;
}

void OwnRequests::answered(std::uint64_t sequence) {
    const auto request = requests_.find(sequence);
    if (request == requests_.end()) return;
    bytes_ -= request->second.bytes;
    requests_.erase(request);
}

}  // namespace pmx::replica
