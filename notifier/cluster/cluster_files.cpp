// The shared directory as ClusterEvents sees it: what is offered, what was done, what is too old.
#include <algorithm>

#include "notifier/cluster/cluster_events.h"

namespace pmx::notifier {
namespace {

constexpr std::string_view offer_suffix = ".json";
constexpr std::string_view done_suffix = ".done";

constexpr std::int64_t tidy_period_s = 600;

bool is_done(DeliveryState state) {
    return state != DeliveryState::queued && state != DeliveryState::held;
}

}  // namespace

std::string ClusterEvents::offer_name(const std::string& id) {
    return id + std::string(offer_suffix);
}

std::string ClusterEvents::done_name(const std::string& id) {
    return id + std::string(done_suffix);
}

ClusterEvents::Shelf ClusterEvents::shelf_of(const std::vector<SharedFile>& files) {
    Shelf shelf;
    for (const SharedFile& file : files) {
        for (const std::string_view suffix : {offer_suffix, done_suffix}) {
            if (!file.name.ends_with(suffix)) continue;
            Shown& shown = shelf[file.name.substr(0, file.name.size() - suffix.size())];
            (suffix == offer_suffix ? shown.offered : shown.done) = true;
            shown.changed_s = std::max(shown.changed_s, file.changed_s);
        }
    }
    return shelf;
}

bool ClusterEvents::has_room(const Shelf& shelf) {
    const auto open = std::count_if(shelf.begin(), shelf.end(),
                                    [](const auto& entry) { return entry.second.offered; });
    return static_cast<std::size_t>(open) < max_open;
}

void ClusterEvents::for_each_id(
    const std::vector<SharedFile>& files,
    const std::function<void(const std::string& id, std::int64_t changed_s)>& visit) {
    for (const auto& [id, shown] : shelf_of(files))
        visit(id, shown.changed_s);
}

Result<SharedEvent> ClusterEvents::event_of(const std::string& id) {
    auto rows = outbox_.of_event(id);
    if (!rows) return fail(rows.error());
    if (!rows->empty()) {
        auto event = outbox_.event(id);
        if (!event) return fail(event.error());
        event->cluster = true;
        return SharedEvent{std::move(*event), rows->front().uid, rows->front().caller, node_};
    }
    auto text = shared_.read(offer_name(id));
    if (!text) return fail(text.error());
    auto shared = parse_shared_event(*text);
    if (shared && shared->event.id != id) return fail(Code::protocol_error, "another one's file");
    return shared;
}

// Empty where there is none, or none that can be read: then it is not settled.
Result<SharedOutcome> ClusterEvents::outcome(const std::string& id) {
    auto text = shared_.read(done_name(id));
    if (!text && text.error().code() == Code::not_found) return SharedOutcome{};
    if (!text) return fail(text.error());
    auto parsed = parse_shared_outcome(*text);
    if (!parsed) return SharedOutcome{};
    for (NewDelivery& delivery : parsed->deliveries)
        if (delivery.node == node_) delivery.node.clear();
    return parsed;
}

Result<void> ClusterEvents::write_outcome(const std::string& id, bool settled) {
    auto rows = outbox_.of_event(id);
    if (!rows) return fail(rows.error());
    SharedOutcome outcome;
    outcome.settled = settled;
    for (StoredDelivery& row : *rows) {
        if (row.id == 0) continue;
        if (!is_done(row.plan.state)) {
            if (!row.reached.empty()) outcome.reached[row.plan.target] = std::move(row.reached);
            continue;
        }
        // In a digest that is not delivered yet: who takes over has to tell of it.
        if (row.plan.state == DeliveryState::gathered && !settled) continue;
        if (row.plan.node.empty()) row.plan.node = node_;
        outcome.deliveries.push_back(std::move(row.plan));
    }
    const std::string text = to_json(outcome);
    const bool is_nothing = outcome.deliveries.empty() && outcome.reached.empty();
    if (told_[id] == text || (!settled && is_nothing)) return {};
    if (auto written = shared_.write(done_name(id), text); !written) return written;
    told_[id] = text;
    return {};
}

void ClusterEvents::tidy(const Shelf& shelf) {
    if (now_s() >= tidied_s_ && now_s() < tidied_s_ + tidy_period_s) return;
    tidied_s_ = now_s();
    std::vector<std::pair<std::int64_t, std::string>> done;
    std::set<std::string> open;
    for (const auto& [id, shown] : shelf) {
        if (shown.offered) {
            open.insert(id);
        } else {
            done.emplace_back(shown.changed_s, id);
        }
    }
    std::erase_if(asked_s_, [&](const auto& asked) { return !open.contains(asked.first); });
    shared_.free_expired(open);
    std::sort(done.begin(), done.end());
    const std::size_t too_many = done.size() > max_settled ? done.size() - max_settled : 0;
    for (std::size_t at = 0; at < done.size(); ++at) {
        const bool is_old = done[at].first + settled_remembered_s < now_s();
        if (at >= too_many && !is_old) break;
        if (auto removed = shared_.remove(done_name(done[at].second)); !removed) return;
    }
}

}  // namespace pmx::notifier
