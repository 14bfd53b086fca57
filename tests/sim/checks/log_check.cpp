#include "tests/sim/checks/log_check.h"

namespace pmx::sim {
namespace {

std::string place(NodeId node, LogIndex index) {
    return "entry " + std::to_string(index.value) + " on node " + std::to_string(node.value);
}

std::string request_name(const RequestId& request) {
    return "request " + std::to_string(request.node.value) + "." +
           std::to_string(request.boot.value) + "." + std::to_string(request.sequence);
}

}  // namespace

bool LogCheck::committed(NodeId node, const Era& era, const wire::Chain& before,
                         const wire::EntryPtr& entry, std::optional<Era> counted_in) {
    const Known known{entry, before, counted_in.value_or(era)};
    if (!known_.emplace(entry->chain, known).second) return false;
    known_requests_.insert(entry->request);
    if (era < era_) return true;  // in a line that lost
    if (before == tip()) {
        extend(node, entry);
    } else if (era == era_ || !eras_may_change_ || line_.empty()) {
        // Another entry, or one that follows another, is committed at this place already.
        violations_.add(Check::log,
                        "two different logs are committed: " + place(node, entry->index));
    } else {
        go_on_from(node, entry);
    }
    era_ = era;
    return true;
}

void LogCheck::extend(NodeId node, const wire::EntryPtr& entry) {
    if (!line_.empty() && entry->view < line_.back()->view) {
        violations_.add(Check::log, "a view goes back: " + place(node, entry->index));
    }
    line_.push_back(entry);
    if (entry->request == RequestId()) return;
    if (!requests_.emplace(entry->request, entry->index).second) {
        violations_.add(Check::log, request_name(entry->request) +
                                        " is in the log twice: " + place(node, entry->index));
    }
    if (refused_.contains(entry->request)) {
        violations_.add(Check::answers,
                        request_name(entry->request) + " was refused and is committed");
    }
}

// The entry's line counts from now on: what it has in common with the one that did stays.
void LogCheck::go_on_from(NodeId node, const wire::EntryPtr& entry) {
    std::vector<wire::EntryPtr> line;
    const Known* at = &known_.at(entry->chain);
    line.push_back(entry);
    while (!is_committed(LogIndex(at->entry->index.value - 1), at->before)) {
        const auto before = known_.find(at->before);
        if (before == known_.end()) {
            violations_.add(Check::log,
                            "what nobody committed goes before " + place(node, entry->index));
            return;
        }
        at = &before->second;
        line.push_back(at->entry);
    }
    lose_after(at->entry->index.value - 1, line);
    for (auto each = line.rbegin(); each != line.rend(); ++each)
        extend(node, *each);
}

void LogCheck::lose_after(std::size_t place, const std::vector<wire::EntryPtr>& instead) {
    std::set<Era> eras_before;
    for (std::size_t i = 0; i < place; ++i)
        eras_before.insert(line_[i]->view.era);
    for (const wire::EntryPtr& entry : instead)
        eras_before.insert(entry->view.era);
    for (std::size_t i = place; i < line_.size(); ++i) {
        check_loss(eras_before, line_[i]);
        requests_.erase(line_[i]->request);
    }
    line_.resize(place);
}

void LogCheck::check_loss(const std::set<Era>& eras_before, const wire::EntryPtr& lost) {
    if (forced_ || !eras_before.contains(known_.at(lost->chain).era)) return;
    violations_.add(Check::log,
                    "an era that nobody forced lost what was committed before it: entry " +
                        std::to_string(lost->index.value));
}

bool LogCheck::is_committed(LogIndex index, const wire::Chain& chain) const {
    if (index == LogIndex()) return true;
    return index.value <= line_.size() && line_[index.value - 1]->chain == chain;
}

bool LogCheck::leads_to(const wire::Entry& entry, const wire::Chain& chain) const {
    auto at = known_.find(chain);
    if (at == known_.end()) return false;
    const LogIndex end = at->second.entry->index;
    // Mostly both are of the line that counts, and there is no need to go back step by step.
    if (is_committed(end, chain) && is_committed(entry.index, entry.chain)) {
        return entry.index <= end;
    }
    while (at != known_.end() && at->second.entry->index > entry.index)
        at = known_.find(at->second.before);
    return at != known_.end() && at->first == entry.chain;
}

void LogCheck::installed(NodeId node, LogIndex index, const wire::Chain& chain) {
    if (!is_committed(index, chain) && !known_.contains(chain)) {
        violations_.add(Check::log, "a snapshot of what is not committed: " + place(node, index));
    }
}

void LogCheck::acknowledged(const RequestId& request) {
    if (!known_requests_.contains(request)) {
        violations_.add(Check::answers, request_name(request) + " is answered and not committed");
    }
    if (!acknowledged_.insert(request).second) {
        violations_.add(Check::answers, request_name(request) + " is answered twice");
    }
}

void LogCheck::refused(const RequestId& request) {
    refused_.insert(request);
    if (requests_.contains(request))
        violations_.add(Check::answers, request_name(request) + " is committed and refused");
}

void LogCheck::all_are_known(NodeId node, const replica::RequestResults& results) {
    for (const auto& [request, index] : requests_) {
        if (request == RequestId() || results.was_applied(request)) continue;
        violations_.add(Check::answers, "entry " + std::to_string(index.value) +
                                            " was applied, and node " + std::to_string(node.value) +
                                            " does not know it");
    }
}

}  // namespace pmx::sim
