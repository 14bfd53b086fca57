// forgotten := u32 nodes, nodes * (node, u16 boots, boots * (boot, last index, u16 runs, runs *
// run)) run       := u64 first, u64 last Nodes, boots and runs are sorted, and none is empty.
#include "replica/forgotten_results.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "replica/mistakes.h"

namespace pmx::replica {
namespace {

constexpr std::uint32_t max_forgotten_nodes = 4096;  // ever, not at once
constexpr auto last_number = std::numeric_limits<std::uint64_t>::max();

}  // namespace

void ForgottenResults::add(const RequestId& request, LogIndex index) {
    if (contains(request) || planted(Mistake::forgotten_results_lost)) return;
    OfNode& node = nodes_[request.node];
    OfBoot& boot = node.boots[request.boot];
    boot.last = std::max(boot.last, index);
    const std::uint64_t number = request.sequence;
    const auto run = boot.runs.emplace(number, number).first;
    ++node.runs;
    if (const auto after = std::next(run); after != boot.runs.end() && after->first - 1 == number) {
        run->second = after->second;
        boot.runs.erase(after);
        --node.runs;
    }
    if (run != boot.runs.begin() && std::prev(run)->second + 1 == number) {
        std::prev(run)->second = run->second;
        boot.runs.erase(run);
        --node.runs;
    }
    if (node.runs > max_runs_per_node) node.forget_oldest_run();
}

void ForgottenResults::OfNode::forget_oldest_run() {
    const auto oldest = std::min_element(
        boots.begin(), boots.end(),
        [](const auto& a, const auto& b) { return a.second.last < b.second.last; });
    Runs& of_oldest = oldest->second.runs;
    of_oldest.erase(of_oldest.begin());
    if (of_oldest.empty()) boots.erase(oldest);
    --runs;
}

std::optional<std::uint64_t> ForgottenResults::run_ends(const RequestId& request) const {
    const auto node = nodes_.find(request.node);
    if (node == nodes_.end()) return std::nullopt;
    const auto boot = node->second.boots.find(request.boot);
    if (boot == node->second.boots.end()) return std::nullopt;
    const Runs& runs = boot->second.runs;
    const auto after = runs.upper_bound(request.sequence);
    if (after == runs.begin()) return std::nullopt;
    const std::uint64_t last = std::prev(after)->second;
    return last >= request.sequence ? std::optional(last) : std::nullopt;
}

std::vector<ForgottenResults::Run> ForgottenResults::runs_after(LogIndex index) const {
    std::vector<Run> runs;
    for (const auto& [node, of_node] : nodes_) {
        for (const auto& [boot, of_boot] : of_node.boots) {
            if (of_boot.last <= index) continue;
            for (const auto& [first, last] : of_boot.runs)
                runs.push_back({node, boot, first, last});
        }
    }
    return runs;
}

void ForgottenResults::encode(ByteWriter& out) const {
    out.u32(static_cast<std::uint32_t>(nodes_.size()));
    for (const auto& [node, results_of_node] : nodes_) {
        out.id(node);
        out.u16(static_cast<std::uint16_t>(results_of_node.boots.size()));
        for (const auto& [boot, results] : results_of_node.boots) {
            out.id(boot);
            out.id(results.last);
            out.u16(static_cast<std::uint16_t>(results.runs.size()));
            for (const auto& [first, last] : results.runs) {
                out.u64(first);
                out.u64(last);
            }
        }
    }
}

ForgottenResults::OfBoot ForgottenResults::decode_boot(ByteReader& in) {
    OfBoot results;
    results.last = in.log_index();
    const std::uint16_t count = in.u16();
    if (count == 0 || count > max_runs_per_node) in.fail();
    for (std::uint16_t i = 0; i < count && !in.failed(); ++i) {
        const std::uint64_t first = in.u64();
        const std::uint64_t last = in.u64();
        const std::uint64_t before = results.runs.empty() ? 0 : results.runs.rbegin()->second;
        const bool apart = results.runs.empty() || (before < last_number - 1 && first > before + 1);
        if (!apart || last < first) in.fail();
        results.runs.emplace(first, last);
    }
    return results;
}

ForgottenResults ForgottenResults::decode(ByteReader& in) {
    ForgottenResults all;
    const std::uint32_t nodes = in.u32();
    if (nodes == 0 || nodes > max_forgotten_nodes) in.fail();
    for (std::uint32_t i = 0; i < nodes && !in.failed(); ++i) {
        const NodeId node = in.node_id();
        const std::uint16_t count = in.u16();
        const bool sorted = all.nodes_.empty() || all.nodes_.rbegin()->first < node;
        if (count == 0 || count > max_runs_per_node || !sorted) in.fail();
        OfNode& results = all.nodes_[node];
        for (std::uint16_t j = 0; j < count && !in.failed(); ++j) {
            const Boot boot = in.boot();
            if (!results.boots.empty() && results.boots.rbegin()->first >= boot) in.fail();
            const auto decoded = results.boots.emplace(boot, decode_boot(in)).first;
            results.runs += decoded->second.runs.size();
            if (results.runs > max_runs_per_node) in.fail();
        }
    }
    return all;
}

}  // namespace pmx::replica
