#include "notifier/daemon/dispatcher.h"

#include <unistd.h>

#include "base/log.h"
#include "notifier/daemon/local_users.h"
#include "notifier/plan/explain_json.h"
#include "notifier/render/render.h"

namespace pmx::notifier {
namespace {

DeliveryState state_of(const Delivery& delivery) {
    if (delivery.deliver) return DeliveryState::queued;
    return delivery.failed ? DeliveryState::failed : DeliveryState::skipped;
}

NewDelivery new_delivery(const Delivery& planned) {
    NewDelivery delivery;
    delivery.target = planned.target;
    delivery.via = planned.via;
    delivery.state = state_of(planned);
    delivery.reason = planned.reason;
    for (const SkippedUser& user : planned.skipped)
        delivery.skipped_users.emplace_back(user.user, user.why);
    if (const auto* mail = std::get_if<Mail>(&planned.means)) {
        delivery.kind = DeliveryKind::mail;
        delivery.from = mail->from;
        delivery.author = mail->author;
        delivery.recipients = mail->recipients;
    } else if (std::holds_alternative<GotifyMessage>(planned.means)) {
        delivery.kind = DeliveryKind::gotify;
    }
    return delivery;
}

Event test_event(const std::string& id, const std::string& target, const std::string& node,
                 std::int64_t now_s) {
    Event event;
    event.id = id;
    event.type = "test";
    event.title = "Test notification of target '" + target + "'";
    event.body = "This is a test of the notification target '" + target + "', sent from node '" +
                 node + "'. If you read it, the target works.\n";
    event.fields = {{"hostname", node}};
    event.timestamp_s = now_s;
    event.node = node;
    event.target = target;
    return event;
}

// Whose reports of packages are remembered. What others say must not keep root's from being told.
bool is_trusted(const Identity& identity) {
    return identity.uid == 0 || identity.uid == ::geteuid();
}

}  // namespace

Result<Identity> identify(std::uint32_t uid, const std::optional<std::string>& act_as) {
    auto name = local_user_name(uid);
    if (!name) return fail(Code::access_denied, name.error().message());
    auto caller = resolve_caller(uid, *name, act_as);
    if (!caller) return fail(caller.error());
    return Identity{uid, std::move(*caller)};
}

Dispatcher::Dispatcher(ConfigSource& config, Outbox& outbox, const Clock& clock, std::string node,
                       Ports ports)
    : config_(config),
      outbox_(outbox),
      clock_(clock),
      node_(std::move(node)),
      ports_(std::move(ports)) {}

std::int64_t Dispatcher::now_s() const {
    return std::chrono::floor<std::chrono::seconds>(clock_.wall()).time_since_epoch().count();
}

Result<Event> Dispatcher::event_of(EventRequest request) {
    if (request.timestamp_s == 0) request.timestamp_s = now_s();
    return make_event(request, node_);
}

Result<Plan> Dispatcher::plan_of(const Event& event, const Identity& identity) {
    Past past;
    if (event.type == event_type::package_updates && !event.data.empty() && is_trusted(identity)) {
        const auto packages = packages_of(event.data);
        auto reported = outbox_.were_reported(event.fields.at("hostname"), packages);
        if (!reported) return fail(reported.error());
        past.packages_were_reported = *reported;
    }
    const auto loaded = config_.current();
    return plan(loaded->configuration, event, identity.caller, now_s(), past);
}

Result<bool> Dispatcher::send(const EventRequest& request, const Identity& identity) {
    auto event = event_of(request);
    if (!event) return fail(event.error());
    auto planned = plan_of(*event, identity);
    if (!planned) return fail(planned.error());
    return accept(*event, *planned, identity);
}

Result<bool> Dispatcher::test(const std::string& target, const std::string& id,
                              const Identity& identity) {
    if (!valid_event_id(id)) return fail(Code::invalid_argument, "the event id is not usable");
    const auto loaded = config_.current();
    auto planned = plan_test(loaded->configuration, target, identity.caller, now_s());
    if (!planned) return fail(planned.error());
    return accept(test_event(id, target, node_, now_s()), *planned, identity);
}

Result<std::string> Dispatcher::explain(const EventRequest& request, const Identity& identity) {
    auto event = event_of(request);
    if (!event) return fail(event.error());
    auto planned = plan_of(*event, identity);
    if (!planned) return fail(planned.error());
    if (planned->refused) {
        return fail(Code::access_denied, to_string(*planned->refused, identity.caller));
    }
    return explain_json(*planned, *event);
}

Result<bool> Dispatcher::accept(const Event& event, const Plan& plan, const Identity& identity) {
    if (plan.refused) return fail(Code::access_denied, to_string(*plan.refused, identity.caller));
    Acceptance acceptance;
    acceptance.event = event;
    acceptance.uid = identity.uid;
    acceptance.caller = schema::to_string(identity.caller);
    acceptance.note = plan.reason;
    for (const Delivery& delivery : plan.deliveries)
        acceptance.deliveries.push_back(new_delivery(delivery));
    if (plan.send && event.type == event_type::package_updates && is_trusted(identity)) {
        acceptance.reported_packages = packages_of(event.data);
    }
    auto accepted = store(acceptance);
    if (accepted && *accepted) {
        for (const std::string& warning : plan.warnings)
            log::warning("event " + event.id + ": " + warning);
        ports_.on_queued();
    }
    return accepted;
}

Result<bool> Dispatcher::store(const Acceptance& acceptance) {
    auto stored = outbox_.accept(acceptance, now_s());
    if (!stored && is_broken(stored.error())) ports_.on_broken(stored.error());
    return stored;
}

Result<void> Dispatcher::record_refusal(const EventRequest& request, std::uint32_t uid,
                                        const std::string& caller, const std::string& why) {
    Acceptance acceptance;
    acceptance.event.id = request.id;
    acceptance.event.type = request.type;
    acceptance.event.title = request.title.value_or("").substr(0, max_title_bytes);
    acceptance.event.node = node_;
    acceptance.event.timestamp_s = request.timestamp_s;
    acceptance.uid = uid;
    acceptance.caller = caller;
    acceptance.note = why;
    acceptance.refused = true;
    auto recorded = store(acceptance);
    if (!recorded) return fail(recorded.error());
    return {};
}

}  // namespace pmx::notifier
