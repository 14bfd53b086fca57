#include "notifier/cluster/lost_nodes.h"

#include "base/log.h"
#include "notifier/cluster/cluster_events.h"

namespace pmx::notifier {
namespace {

std::map<std::string, std::int64_t> marks_of(const std::vector<SharedFile>& files,
                                             std::string_view suffix) {
    std::map<std::string, std::int64_t> marks;
    for (const SharedFile& file : files) {
        if (!file.name.ends_with(suffix)) continue;
        marks[file.name.substr(0, file.name.size() - suffix.size())] = file.changed_s;
    }
    return marks;
}

std::map<std::string, std::int64_t> fenced_of(const std::vector<SharedFile>& files,
                                              const Members& members) {
    std::map<std::string, std::int64_t> fenced;
    ClusterEvents::for_each_id(files, [&](const std::string& id, std::int64_t changed_s) {
        const auto node = fenced_node(id, members);
        if (node) fenced[*node] = std::max(fenced[*node], changed_s);
    });
    return fenced;
}

std::string mark_name(const std::string& node) {
    return node + std::string(lost_suffix);
}

}  // namespace

void LostNodes::mark(const std::string& lost) {
    auto marked = shared_.create(mark_name(lost));
    if (!marked && marked.error().code() != Code::already_exists) {
        log::warning("node " + lost + " is lost: " + marked.error().message());
    }
}

void LostNodes::look(const Members& members) {
    auto files = shared_.list();
    if (!files) return;
    const std::int64_t now_s = to_s(clock_.wall());
    const std::int64_t monotonic_s =
        std::chrono::floor<std::chrono::seconds>(clock_.monotonic()).time_since_epoch().count();
    for (const std::string& node : fencings_.look(members, marks_of(*files, fenced_suffix), now_s))
        [[maybe_unused]] auto removed = shared_.remove(node + std::string(fenced_suffix));
    if (members.quorum == Quorum::alone) return;
    const auto found = watch_.look(members, marks_of(*files, lost_suffix),
                                   fenced_of(*files, members), monotonic_s, now_s);
    for (const std::string& node : found.fenced) {
        if (fenced_.contains(node)) continue;
        log::info("node " + node + " is gone, and is not told as lost: its fencing was told");
    }
    fenced_ = found.fenced;
    // What is marked now is seen, with the time that all see, by the next look.
    for (const std::string& node : found.to_mark)
        mark(node);
    for (const auto& [node, marked_s] : found.lost) {
        const Event event = node_lost_event(node, marked_s, members, node_);
        if (!told_.contains(event.id) && tell_(event)) told_.insert(event.id);
    }
    for (const auto& [node, marked_s] : found.back) {
        if (!tell_(node_back_event(node, marked_s, now_s, node_))) continue;
        if (auto removed = shared_.remove(mark_name(node)); !removed) continue;
        told_.erase(node_lost_event(node, marked_s, members, node_).id);
    }
    for (const std::string& node : found.removed)
        [[maybe_unused]] auto removed = shared_.remove(mark_name(node));
}

}  // namespace pmx::notifier
