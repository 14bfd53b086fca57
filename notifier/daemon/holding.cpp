#include "notifier/daemon/holding.h"

#include <algorithm>

#include "base/log.h"
#include "notifier/daemon/local_time.h"
#include "notifier/render/digest.h"

namespace pmx::notifier {
namespace {

constexpr std::int64_t an_hour_s = 3600;

// How long until it is looked at again where only the passing of deliveries can tell.
constexpr std::int64_t rate_look_s = 60;

// A digest counts the titles of all, and has room for the beginnings of some.
constexpr std::size_t max_told_bytes = 4U << 20;

}  // namespace

std::optional<Hold> hold_of(const schema::Target& target, Severity severity,
                            schema::LocalTime local, std::int64_t now_s, std::int64_t delivered) {
    const bool goes_through = severity == Severity::error && !target.quiet_hours_hold_errors;
    if (target.quiet_hours && !goes_through) {
        const std::int64_t quiet_s = target.quiet_hours->seconds_until_end(local);
        if (quiet_s > 0) return Hold{"quiet hours", now_s + std::min(quiet_s, an_hour_s)};
    }
    if (target.max_per_hour && delivered >= std::int64_t{*target.max_per_hour}) {
        return Hold{"more than " + std::to_string(*target.max_per_hour) + " in an hour",
                    now_s + rate_look_s};
    }
    return std::nullopt;
}

Holding::Holding(ConfigSource& config, Outbox& outbox, const Clock& clock, std::string node,
                 Ports ports)
    : config_(config),
      outbox_(outbox),
      clock_(clock),
      node_(std::move(node)),
      ports_(std::move(ports)) {}

std::int64_t Holding::now_s() const {
    return to_s(clock_.wall());
}

std::optional<Hold> Holding::hold_now(const std::string& name, Severity severity) {
    const auto loaded = config_.current();
    const schema::Target* target = loaded->configuration.notifications.find_target(name);
    if (target == nullptr || (!target->quiet_hours && !target->max_per_hour)) return std::nullopt;
    std::int64_t delivered = 0;
    if (target->max_per_hour) {
        auto counted = outbox_.delivered_since(name, now_s() - an_hour_s);
        if (counted) delivered = *counted;
    }
    return hold_of(*target, severity, local_time(now_s()), now_s(), delivered);
}

std::optional<Hold> Holding::check(const StoredDelivery& delivery) {
    if (delivery.event_type == "test" || !delivery.reached.empty()) return std::nullopt;
    return hold_now(delivery.plan.target, delivery.severity);
}

void Holding::gather() {
    auto targets = outbox_.held_targets();
    if (!targets) {
        log::error("the outbox cannot be read: " + targets.error().message());
        if (is_broken(targets.error())) ports_.on_broken(targets.error());
        return;
    }
    for (const std::string& target : *targets) {
        auto gathered = gather(target);
        if (gathered) continue;
        log::error("no digest can be made for " + target + ": " + gathered.error().message());
        if (is_broken(gathered.error())) ports_.on_broken(gathered.error());
    }
}

Result<void> Holding::extend(const std::string& target, const Hold& hold,
                             const std::vector<StoredDelivery>& held) {
    const bool has_come = std::any_of(held.begin(), held.end(), [&](const StoredDelivery& each) {
        return each.next_attempt_s <= now_s();
    });
    return has_come ? outbox_.extend_hold(target, hold.why, hold.until_s) : Result<void>();
}

Result<void> Holding::gather(const std::string& target) {
    auto held = outbox_.held(target, max_gathered);
    if (!held) return fail(held.error());
    if (held->empty()) return {};
    // The digest is what waited most urgently. An error waits only for an hour to pass, and takes
    // what waits for the end of quiet hours with it.
    const auto worst = std::max_element(
        held->begin(), held->end(),
        [](const StoredDelivery& a, const StoredDelivery& b) { return a.severity < b.severity; });
    if (const auto hold = hold_now(target, worst->severity)) return extend(target, *hold, *held);
    auto digest = digest_of(target, *held);
    if (!digest) return fail(digest.error());
    auto done = outbox_.gather(*digest, *held, now_s());
    if (!done) return fail(done.error());
    if (*done) {
        log::info("digest " + digest->event.id + " tells " + target + " of " +
                  std::to_string(held->size()) + " events");
    }
    return {};
}

Result<Acceptance> Holding::digest_of(const std::string& target,
                                      const std::vector<StoredDelivery>& told) {
    std::vector<Event> events;
    std::size_t bytes = 0;
    for (const StoredDelivery& delivery : told) {
        auto event = outbox_.event(delivery.event_id);
        if (!event) return fail(event.error());
        event->html.reset();
        event->body.resize(std::min(event->body.size(), 2 * max_digest_text_bytes));
        bytes += event->body.size();
        if (bytes > max_told_bytes) event->body.clear();
        events.push_back(std::move(*event));
    }
    Acceptance digest;
    digest.event = render_digest(target, events);
    digest.event.id = "digest-" + ports_.new_id();
    digest.event.node = node_;
    digest.event.timestamp_s = now_s();
    digest.caller = schema::to_string(schema::Caller{.user = "root@pam", .token = {}});
    digest.note = "tells of what was held";
    // As the last of them would have gone: by the configuration that is the youngest.
    NewDelivery delivery = told.back().plan;
    delivery.state = DeliveryState::queued;
    delivery.reason.clear();
    delivery.node.clear();
    digest.deliveries = {std::move(delivery)};
    return digest;
}

}  // namespace pmx::notifier
