#include "notifier/cluster/member_watch.h"

namespace pmx::notifier {
namespace {

// An agent may say that it fenced a node before the others see it leave.
constexpr std::int64_t fenced_before_s = 600;

std::string names_of(const Members& members, bool online) {
    std::string names;
    for (const auto& [name, is_online] : members.online)
        if (is_online == online) names += (names.empty() ? "" : ", ") + name;
    return names;
}

}  // namespace

MemberWatch::Finding MemberWatch::look(const Members& members,
                                       const std::map<std::string, std::int64_t>& marks,
                                       const std::map<std::string, std::int64_t>& fenced,
                                       std::int64_t monotonic_s, std::int64_t now_s) {
    Finding finding;
    // Without quorum it is this node that is lost.
    if (members.quorum != Quorum::there) {
        gone_since_s_.clear();
        return finding;
    }
    for (const auto& [node, marked_s] : marks) {
        const auto listed = members.online.find(node);
        if (listed == members.online.end()) {
            finding.removed.insert(node);
        } else if (listed->second) {
            finding.back[node] = marked_s;
        }
    }
    std::erase_if(gone_since_s_, [&](const auto& gone) {
        const auto listed = members.online.find(gone.first);
        return listed == members.online.end() || listed->second;
    });
    for (const auto& [node, online] : members.online) {
        if (online) continue;
        const std::int64_t since_s = gone_since_s_.try_emplace(node, monotonic_s).first->second;
        const std::int64_t gone_s = monotonic_s - since_s;
        if (gone_s < grace_s_) continue;
        const auto mark = marks.find(node);
        const auto said = fenced.find(node);
        const bool is_fenced =
            said != fenced.end() && said->second >= now_s - gone_s - fenced_before_s;
        if (mark != marks.end()) {
            finding.lost[node] = mark->second;
        } else if (is_fenced) {
            finding.fenced.insert(node);
        } else {
            finding.to_mark.push_back(node);
        }
    }
    return finding;
}

std::vector<std::string> FencingWatch::look(const Members& members,
                                            const std::map<std::string, std::int64_t>& marks,
                                            std::int64_t now_s) {
    std::vector<std::string> over;
    // Without quorum nothing is known of the others, and nothing can be removed.
    if (members.quorum == Quorum::missing) return over;
    std::erase_if(seen_gone_, [&](const auto& gone) { return !marks.contains(gone.first); });
    for (const auto& [node, marked_s] : marks) {
        const auto listed = members.online.find(node);
        if (listed != members.online.end() && !listed->second) {
            seen_gone_[node] = marked_s;
            continue;
        }
        const auto gone = seen_gone_.find(node);
        const bool is_back = gone != seen_gone_.end() && gone->second == marked_s;
        if (is_back || now_s - marked_s > fenced_before_s) over.push_back(node);
    }
    return over;
}

std::optional<std::string> fenced_node(const std::string& event_id, const Members& members) {
    constexpr std::string_view prefix = "fenced-";
    if (!event_id.starts_with(prefix)) return std::nullopt;
    const std::string_view rest = std::string_view(event_id).substr(prefix.size());
    std::optional<std::string> longest;  // `a-b` may be a node as well as `a`
    for (const auto& [node, online] : members.online) {
        const bool fits = rest == node || rest.starts_with(node + "-");
        if (fits && (!longest || longest->size() < node.size())) longest = node;
    }
    return longest;
}

Event node_lost_event(const std::string& lost, std::int64_t marked_s, const Members& members,
                      const std::string& node) {
    Event event;
    event.id = "node-lost-" + lost + "-" + std::to_string(marked_s);
    event.type = node_lost_type;
    event.severity = Severity::error;
    event.title = "Node '" + lost + "' is lost";
    event.body = "The cluster has lost node '" + lost +
                 "', and goes on without it.\n\nIts guests do not run elsewhere unless high "
                 "availability moves them.\n\nStill there: " +
                 names_of(members, true) + "\nNot there: " + names_of(members, false) + "\n";
    event.fields = {{"hostname", node}, {"node", lost}};
    event.timestamp_s = marked_s;
    event.node = node;
    event.cluster = true;
    return event;
}

Event node_back_event(const std::string& back, std::int64_t marked_s, std::int64_t now_s,
                      const std::string& node) {
    Event event;
    event.id = "node-back-" + back + "-" + std::to_string(marked_s);
    event.type = node_back_type;
    event.severity = Severity::notice;
    event.title = "Node '" + back + "' is back";
    event.body = "Node '" + back + "' is a member of the cluster again.\n";
    event.fields = {{"hostname", node}, {"node", back}};
    event.timestamp_s = now_s;
    event.node = node;
    event.cluster = true;
    return event;
}

}  // namespace pmx::notifier
