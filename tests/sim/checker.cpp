#include "tests/sim/checker.h"

#include <algorithm>

namespace pmx::sim {

void Checker::violated(const std::string& what) {
    if (!violation_) violation_ = what;
}

void Checker::committed(NodeId node, const wire::EntryPtr& entry,
                        const std::vector<const Disk*>& disks) {
    const std::string where =
        "entry " + std::to_string(entry->index.value) + " on node " + std::to_string(node.value);
    const auto [known, is_new] = committed_.emplace(entry->index, entry);
    if (known->second->chain != entry->chain) {
        violated("two different entries are committed: " + where);
    }
    const auto copies = std::count_if(disks.begin(), disks.end(), [&](const Disk* disk) {
        return disk->has(entry->index, entry->chain);
    });
    if (static_cast<std::size_t>(copies) * 2 <= nodes_) {
        violated("committed but not on a majority of disks: " + where);
    }
    if (!is_new || entry->request == RequestId()) return;
    if (!requests_.emplace(entry->request, entry->index).second) {
        violated("a request is in the log twice: " + where);
    }
    if (refused_.contains(entry->request)) violated("a refused request is committed: " + where);
}

void Checker::acknowledged(const RequestId& request) {
    const auto committed = requests_.find(request);
    if (committed == requests_.end()) {
        violated("an answer for a request that is not committed");
        return;
    }
    if (!acknowledged_.emplace(request, committed->second).second) {
        violated("a request is answered twice");
    }
}

void Checker::refused(const RequestId& request) {
    refused_[request] = true;
    if (requests_.contains(request)) violated("a committed request is refused");
}

void Checker::applied_all(NodeId node, LogIndex applied) {
    if (applied < highest()) {
        violated("node " + std::to_string(node.value) + " has not applied what was committed");
    }
}

}  // namespace pmx::sim
