#include "notifier/daemon/dispatcher.h"

#include <unistd.h>

#include "base/log.h"
#include "notifier/daemon/local_time.h"
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
    delivery.via = planned.via ? planned.via : planned.matcher;
    delivery.state = state_of(planned);
    delivery.reason = planned.reason;
    for (const SkippedUser& user : planned.skipped)
        delivery.skipped_users.emplace_back(user.user, user.why);
    if (const auto* mail = std::get_if<Mail>(&planned.means)) {
        delivery.kind = DeliveryKind::mail;
        delivery.from = mail->from;
        delivery.author = mail->author;
        delivery.recipients = mail->recipients;
    } else if (const auto* smtp = std::get_if<SmtpMail>(&planned.means)) {
        delivery.kind = DeliveryKind::smtp;
        delivery.from = smtp->from;
        delivery.author = smtp->author;
        delivery.recipients = smtp->recipients;
    } else if (std::holds_alternative<GotifyMessage>(planned.means)) {
        delivery.kind = DeliveryKind::gotify;
    } else if (std::holds_alternative<WebhookCall>(planned.means)) {
        delivery.kind = DeliveryKind::webhook;
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

// A mail would come back again. It is kept, and can be sent by hand once it is known where it goes.
void break_loop(NewDelivery& delivery) {
    const bool is_mail = delivery.kind == DeliveryKind::mail || delivery.kind == DeliveryKind::smtp;
    if (!is_mail || delivery.state != DeliveryState::queued) return;
    delivery.state = DeliveryState::failed;
    delivery.reason = "not sent: it came back from a mail, and would come back again";
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
    return to_s(clock_.wall());
}

Result<Event> Dispatcher::event_of(EventRequest request) {
    if (request.timestamp_s == 0) request.timestamp_s = now_s();
    auto event = make_event(request, node_);
    if (event) use_templates(request, *event);
    return event;
}

void Dispatcher::use_templates(const EventRequest& request, Event& event) {
    for (const TemplateFailure& failure :
         override_texts(*config_.current()->templates, request, event))
        config_.template_failed(failure);
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
    return plan(loaded->configuration, event, identity.caller,
                {now_s(), local_time(event.timestamp_s)}, past);
}

Result<bool> Dispatcher::send(const EventRequest& request, const Identity& identity) {
    auto event = event_of(request);
    if (!event) return fail(event.error());
    if (event->cluster && !is_trusted(identity)) {
        return fail(Code::access_denied, "an event of the cluster is root's to send");
    }
    auto planned = plan_of(*event, identity);
    if (!planned) return fail(planned.error());
    return accept(*event, *planned, identity, request.came_back);
}

Result<bool> Dispatcher::announce(const Event& event) {
    const Identity root{0, {.user = "root@pam", .token = {}}};
    auto planned = plan_of(event, root);
    if (!planned) return fail(planned.error());
    return accept(event, *planned, root);
}

Dispatcher::SharedPlan Dispatcher::plan_accepted(const Event& event, const std::string& caller) {
    auto parsed = schema::parse_caller(caller);
    if (!parsed) return {"nobody can be asked for: " + parsed.error().message(), {}};
    const auto loaded = config_.current();
    const Plan planned =
        plan(loaded->configuration, event, *parsed, {now_s(), local_time(event.timestamp_s)});
    if (planned.refused) return {to_string(*planned.refused, *parsed), {}};
    SharedPlan shared;
    shared.note = planned.reason;
    for (const Delivery& delivery : planned.deliveries)
        shared.deliveries.push_back(new_delivery(delivery));
    return shared;
}

Result<bool> Dispatcher::test(const std::string& target, const std::string& id,
                              const Identity& identity) {
    if (!valid_event_id(id)) return fail(Code::invalid_argument, "the event id is not usable");
    const auto loaded = config_.current();
    auto planned = plan_test(loaded->configuration, target, identity.caller, now_s());
    if (!planned) return fail(planned.error());
    Event event = test_event(id, target, node_, now_s());
    use_templates({}, event);
    return accept(event, *planned, identity);
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

Result<bool> Dispatcher::accept(const Event& event, const Plan& plan, const Identity& identity,
                                bool came_back) {
    if (plan.refused) return fail(Code::access_denied, to_string(*plan.refused, identity.caller));
    Acceptance acceptance;
    acceptance.event = event;
    acceptance.uid = identity.uid;
    acceptance.caller = schema::to_string(identity.caller);
    acceptance.note = plan.reason;
    const bool is_offered = event.cluster && ports_.has_cluster();
    if (event.cluster)
        acceptance.cluster = is_offered ? ClusterState::offered : ClusterState::alone;
    std::vector<std::string> targets;
    for (const Delivery& delivery : plan.deliveries) {
        if (is_offered) break;  // planned by who delivers it
        acceptance.deliveries.push_back(new_delivery(delivery));
        if (came_back) break_loop(acceptance.deliveries.back());
        targets.push_back(delivery.target);
    }
    if (plan.send && event.type == event_type::package_updates && is_trusted(identity)) {
        acceptance.reported_packages = packages_of(event.data);
    }
    auto accepted = store(acceptance);
    if (!accepted || !*accepted) return accepted;
    for (const std::string& warning : plan.warnings)
        log::warning("event " + event.id + ": " + warning);
    if (came_back) log::error("event " + event.id + ": a mail of ours came back: " + event.title);
    if (is_offered) ports_.on_offered(event.id);
    ports_.on_accepted(event);
    ports_.on_queued(targets);
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
