// results := u32 nodes, nodes * (node, u8 boots, boots * (boot, u16 count, count * result)),
// forgotten result  := u64 sequence, index, u8 code, inode; in the order in which they were applied
// Nodes and boots are sorted. Forgotten results (forgotten_results.cpp) are left out where none
// are.
#include "replica/request_results.h"

#include <algorithm>

#include "base/bytes.h"

namespace pmx::replica {
namespace {

constexpr std::uint32_t max_result_nodes = 4096;  // ever, not at once
constexpr auto last_code = static_cast<std::uint8_t>(Code::shutting_down);

}  // namespace

void RequestResults::record(const RequestId& request, const Applied& applied) {
    if (was_applied(request)) return;
    Boots& boots = nodes_[request.node];
    BootResults& results = boots[request.boot];
    results.by_sequence.emplace(request.sequence, applied);
    results.order.emplace(applied.index, request.sequence);
    if (results.order.size() > max_in_flight) {
        const auto& [index, sequence] = *results.order.begin();
        forgotten_.add({request.node, request.boot, sequence}, index);
        results.by_sequence.erase(sequence);
        results.order.erase(results.order.begin());
    }
    if (boots.size() > max_boots_per_node) {
        forget_boot(request.node,
                    std::min_element(boots.begin(), boots.end(), [](const auto& a, const auto& b) {
                        return a.second.order.rbegin()->first < b.second.order.rbegin()->first;
                    }));
    }
}

void RequestResults::forget_boot(NodeId node, Boots::iterator boot) {
    for (const auto& [index, sequence] : boot->second.order)
        forgotten_.add({node, boot->first, sequence}, index);
    nodes_.at(node).erase(boot);
}

bool RequestResults::was_applied(const RequestId& request) const {
    return find(request).has_value() || forgotten_.contains(request);
}

std::optional<RequestResults::Applied> RequestResults::find(const RequestId& request) const {
    const auto node = nodes_.find(request.node);
    if (node == nodes_.end()) return std::nullopt;
    const auto boot = node->second.find(request.boot);
    if (boot == node->second.end()) return std::nullopt;
    const auto applied = boot->second.by_sequence.find(request.sequence);
    if (applied == boot->second.by_sequence.end()) return std::nullopt;
    return applied->second;
}

std::vector<RequestResults::Lost> RequestResults::lost_in(const RequestResults& there,
                                                          LogIndex common) const {
    std::vector<Lost> lost;
    for (const auto& [node, boots] : nodes_) {
        for (const auto& [boot, results] : boots) {
            for (const auto& [sequence, applied] : results.by_sequence) {
                const RequestId request{node, boot, sequence};
                if (applied.index <= common || applied.result != Code::ok) continue;
                if (!there.was_applied(request)) {
                    lost.push_back({request, applied.index, applied.inode});
                }
            }
        }
    }
    add_forgotten_lost(there, common, lost);
    return lost;
}

void RequestResults::add_forgotten_lost(const RequestResults& there, LogIndex common,
                                        std::vector<Lost>& lost) const {
    for (const ForgottenResults::Run& run : forgotten_.runs_after(common)) {
        RequestId request{run.node, run.boot, run.first};
        for (;; ++request.sequence) {
            if (const auto known_up_to = there.forgotten_.run_ends(request)) {
                request.sequence = *known_up_to;
            } else if (!there.find(request)) {
                if (lost.size() >= max_lost) return;
                lost.push_back({request, {}, {}});
            }
            if (request.sequence >= run.last) break;
        }
    }
}

std::string RequestResults::encode() const {
    ByteWriter out;
    out.u32(static_cast<std::uint32_t>(nodes_.size()));
    for (const auto& [node, boots] : nodes_) {
        out.id(node);
        out.u8(static_cast<std::uint8_t>(boots.size()));
        for (const auto& [boot, results] : boots) {
            out.id(boot);
            out.u16(static_cast<std::uint16_t>(results.order.size()));
            for (const auto& [index, sequence] : results.order) {
                const Applied& applied = results.by_sequence.at(sequence);
                out.u64(sequence);
                out.id(index);
                out.u8(static_cast<std::uint8_t>(applied.result));
                out.id(applied.inode);
            }
        }
    }
    if (!forgotten_.empty()) forgotten_.encode(out);
    return out.take();
}

Result<RequestResults::BootResults> RequestResults::decode_boot(ByteReader& in) {
    BootResults results;
    const std::uint16_t count = in.u16();
    if (count == 0 || count > max_in_flight) in.fail();
    for (std::uint16_t i = 0; i < count && !in.failed(); ++i) {
        const std::uint64_t sequence = in.u64();
        Applied applied;
        applied.index = in.log_index();
        const std::uint8_t code = in.u8();
        applied.result = static_cast<Code>(code);
        applied.inode = in.inode();
        const bool in_order =
            results.order.empty() || results.order.rbegin()->first < applied.index;
        if (code > last_code || !in_order) in.fail();
        results.order.emplace(applied.index, sequence);
        if (!results.by_sequence.emplace(sequence, applied).second) in.fail();
    }
    if (in.failed()) return fail(Code::corrupt, "these bytes are no request results");
    return results;
}

Result<RequestResults> RequestResults::decode(std::string_view bytes) {
    ByteReader in(bytes);
    RequestResults all;
    const std::uint32_t nodes = in.u32();
    if (nodes > max_result_nodes) in.fail();
    for (std::uint32_t i = 0; i < nodes && !in.failed(); ++i) {
        const NodeId node = in.node_id();
        const std::uint8_t boots = in.u8();
        const bool sorted = all.nodes_.empty() || all.nodes_.rbegin()->first < node;
        if (boots == 0 || boots > max_boots_per_node || !sorted) in.fail();
        Boots& of_node = all.nodes_[node];
        for (std::uint8_t j = 0; j < boots && !in.failed(); ++j) {
            const Boot boot = in.boot();
            if (!of_node.empty() && of_node.rbegin()->first >= boot) in.fail();
            Result<BootResults> results = decode_boot(in);
            if (results) of_node.emplace(boot, *std::move(results));
        }
    }
    if (in.remaining() > 0) all.forgotten_ = ForgottenResults::decode(in);
    if (!in.complete()) return fail(Code::corrupt, "these bytes are no request results");
    return all;
}

}  // namespace pmx::replica
