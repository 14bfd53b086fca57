#include "tests/sim/checks/rejected_check.h"

#include <algorithm>
#include <string>

namespace pmx::sim {
namespace {

std::string name_of_request(const RequestId& request) {
    return "request " + std::to_string(request.node.value) + "." +
           std::to_string(request.boot.value) + "." + std::to_string(request.sequence);
}

}  // namespace

void RejectedCheck::dropped(const std::vector<wire::EntryPtr>& entries) {
    for (const wire::EntryPtr& entry : entries) {
        if (entry->kind == wire::EntryKind::change) dropped_.emplace(entry->chain, entry);
    }
}

void RejectedCheck::gone(const Platter& platter) {
    for (const wire::EntryPtr& entry : platter.entries)
        listed_on_gone_.insert(entry->request);
    for (const auto& [request, rejected] : platter.rejected)
        listed_on_gone_.insert(request);
    gone_.push_back(platter.stored);
}

void RejectedCheck::nothing_is_missing(const std::vector<const Platter*>& platters,
                                       const LogCheck& log) {
    const auto was_on_gone = [this](const RequestId& request) {
        return listed_on_gone_.contains(request) ||
               std::any_of(gone_.begin(), gone_.end(), [&](const Stored& stored) {
                   return stored->results.was_applied(request);
               });
    };
    for (const auto& [chain, entry] : dropped_) {
        const RequestId& request = entry->request;
        if (log.is_committed(entry->index, chain) || log.is_committed(request)) continue;
        const bool listed = std::any_of(
            platters.begin(), platters.end(),
            [&](const Platter* platter) { return platter->rejected.contains(request); });
        if (listed || was_on_gone(request)) continue;
        violations_.add(Check::rejected, "a change was dropped in silence: entry " +
                                             std::to_string(entry->index.value) + " of view " +
                                             to_string(entry->view) + ", " +
                                             name_of_request(request));
    }
}

void RejectedCheck::nothing_was_applied(const Platter& platter, const LogCheck& log) {
    for (const auto& [request, rejected] : platter.rejected) {
        if (!log.is_committed(request)) continue;
        violations_.add(Check::rejected, "a change is listed as rejected and was applied: " +
                                             name_of_request(request));
    }
}

}  // namespace pmx::sim
