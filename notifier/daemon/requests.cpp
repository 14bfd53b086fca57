#include "notifier/daemon/requests.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/json_nesting.h"
#include "base/local_socket.h"
#include "base/log.h"
#include "notifier/daemon/answers.h"
#include "notifier/daemon/metrics.h"
#include "notifier/plan/recipients.h"

namespace pmx::notifier {

using nlohmann::json;

namespace {

// The deepest is an event: request, event, fields.
constexpr std::size_t max_request_nesting = 8;

constexpr std::size_t max_listed = 1000;

// The socket has 64 places: those who wait must leave some to those who send.
constexpr int max_waiting_callers = 24;

std::string error_answer(const Error& error) {
    return compact_text(
        {{"error", {{"code", code_name(error.code())}, {"message", error.message()}}}});
}

Result<std::optional<std::string>> string_member(const json& request, const char* name) {
    const auto found = request.find(name);
    if (found == request.end() || found->is_null()) return std::optional<std::string>();
    if (!found->is_string()) {
        return fail(Code::invalid_argument, std::string("'") + name + "' is not a string");
    }
    return std::optional(found->get<std::string>());
}

// Which node delivers it, and to whom, is open.
bool is_open(const StoredDelivery& delivery) {
    return delivery.id == 0 && delivery.cluster == ClusterState::offered;
}

bool was_tried(const StoredDelivery& delivery) {
    return !is_open(delivery) &&
           (delivery.id == 0 || delivery.plan.state != DeliveryState::queued ||
            delivery.attempts > 0);
}

bool all_settled(const StoredDelivery& delivery) {
    return !is_open(delivery) &&
           (delivery.id == 0 || (delivery.plan.state != DeliveryState::queued &&
                                 delivery.plan.state != DeliveryState::held));
}

// One of the few places for callers that wait.
class WaitingPlace {
  public:
    WaitingPlace() : taken_(places_taken.fetch_add(1) < max_waiting_callers) {}
    ~WaitingPlace() { places_taken.fetch_sub(1); }
    WaitingPlace(const WaitingPlace&) = delete;
    WaitingPlace& operator=(const WaitingPlace&) = delete;
    [[nodiscard]] bool taken() const { return taken_; }

  private:
    inline static std::atomic<int> places_taken{0};
    bool taken_;
};

}  // namespace

struct Requests::Parsed {
    json body;
    Identity identity;
};

// As many rows, from the first on, as an answer can hold.
std::string Requests::listing(std::vector<StoredDelivery> deliveries) const {
    for (;;) {
        std::string answer = compact_text({{"deliveries", to_json(deliveries, node_)}});
        if (answer.size() <= max_local_message_bytes || deliveries.empty()) return answer;
        deliveries.resize(deliveries.size() / 2);
    }
}

std::string Requests::handle(std::uint32_t uid, std::string_view request) {
    try {
        auto result = answer(uid, request);
        return result ? *result : error_answer(result.error());
    } catch (const std::exception& exception) {
        log::error(std::string("a request could not be answered: ") + exception.what());
        return error_answer(Error(Code::io_error, exception.what()));
    }
}

Result<std::string> Requests::answer(std::uint32_t uid, std::string_view text) {
    if (json_nests_deeper_than(text, max_request_nesting)) {
        return fail(Code::protocol_error, "the request nests too deep");
    }
    Parsed request;
    request.body = json::parse(text, nullptr, false);
    if (!request.body.is_object()) return fail(Code::protocol_error, "the request is not JSON");
    auto act_as = string_member(request.body, "as");
    if (!act_as) return fail(act_as.error());
    auto identity = identify(uid, *act_as);
    if (!identity) return fail(identity.error());
    request.identity = std::move(*identity);
    auto op = string_member(request.body, "op");
    if (!op) return fail(op.error());
    if (*op == "send") return send(request);
    if (*op == "explain") return explain(request);
    if (*op == "test") return test(request);
    if (*op == "wait") return wait(request);
    if (*op == "targets") return targets(request);
    if (*op == "queue") return queue(request);
    if (*op == "retry") return retry(request);
    if (*op == "history") return history(request);
    if (*op == "edit") return edits_.edit(request.body, request.identity, dispatcher_.now_s());
    if (*op == "show") return edits_.show(request.body, request.identity, dispatcher_.now_s());
    if (*op == "metrics") return metrics(request);
    return fail(Code::not_supported,
                "this daemon does not know the request '" + op->value_or("").substr(0, 32) + "'");
}

Result<std::string> Requests::send(const Parsed& request) {
    auto event = parse_event_request(compact_text(request.body.value("event", json())));
    if (!event) return fail(event.error());
    auto sent = dispatcher_.send(*event, request.identity);
    if (!sent) return fail(sent.error());
    return compact_text({{"id", event->id}, {"repeated", !*sent}});
}

Result<std::string> Requests::explain(const Parsed& request) {
    auto event = parse_event_request(compact_text(request.body.value("event", json())));
    if (!event) return fail(event.error());
    return dispatcher_.explain(*event, request.identity);
}

Result<std::string> Requests::test(const Parsed& request) {
    auto target = string_member(request.body, "target");
    auto id = string_member(request.body, "id");
    if (!target || !id || !*target || !*id) {
        return fail(Code::invalid_argument, "a test needs a target and an id");
    }
    auto sent = dispatcher_.test(**target, **id, request.identity);
    if (!sent) return fail(sent.error());
    return compact_text({{"id", **id}, {"repeated", !*sent}});
}

Result<std::string> Requests::wait(const Parsed& request) {
    auto id = string_member(request.body, "id");
    auto until = string_member(request.body, "until");
    if (!id || !*id || !until) return fail(Code::invalid_argument, "nothing to wait for");
    const auto is_done = *until == "settled" ? all_settled : was_tried;
    const std::int64_t seconds = number_member(request.body, "seconds").value_or(0);
    const auto deadline = std::chrono::steady_clock::now() +
                          std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, max_wait_s));
    const WaitingPlace place;
    for (;;) {
        const std::uint64_t seen = engine_.progress();
        auto deliveries = outbox_.of_event(**id);
        if (!deliveries) return fail(deliveries.error());
        if (deliveries->empty() || deliveries->front().uid != request.identity.uid) {
            return fail(Code::not_found, "you sent no event '" + **id + "'");
        }
        const bool done = std::all_of(deliveries->begin(), deliveries->end(), is_done);
        const bool out_of_time = std::chrono::steady_clock::now() >= deadline;
        if (done || out_of_time || !place.taken() || !engine_.wait_for_progress(seen, deadline)) {
            return compact_text({{"done", done}, {"deliveries", to_json(*deliveries, node_)}});
        }
    }
}

Result<std::string> Requests::targets(const Parsed& request) {
    const auto loaded = config_.current();
    const schema::Users& users = loaded->configuration.users;
    const Caller& caller = request.identity.caller;
    const auto refused = may_read_configuration(users, caller, "", dispatcher_.now_s());
    auto health = outbox_.health();
    if (!health) return fail(health.error());
    json listed = json::array();
    // A section that modifies it is listed in its place, to those who may read that.
    const bool is_modified =
        loaded->configuration.notifications.find_target(schema::mail_to_root) != nullptr &&
        !may_read_configuration(users, caller, schema::mail_to_root, dispatcher_.now_s());
    if (!is_modified) {
        listed.push_back(mail_to_root_json((*health)[std::string(schema::mail_to_root)]));
    }
    for (const schema::Target& target : loaded->configuration.notifications.targets) {
        if (may_read_configuration(users, caller, target.name, dispatcher_.now_s())) continue;
        const bool old =
            std::count(loaded->from_before.begin(), loaded->from_before.end(), target.name) > 0;
        listed.push_back(to_json(target, (*health)[target.name], old));
    }
    if (refused && !is_modified && listed.size() == 1 &&
        !loaded->configuration.notifications.targets.empty()) {
        return fail(Code::access_denied, to_string(*refused, caller));
    }
    json answer = {{"targets", std::move(listed)}, {"problems", json::array()}};
    if (!refused) answer["problems"] = loaded->problems;
    return compact_text(answer);
}

bool Requests::may_see(const StoredDelivery& delivery, const Identity& identity,
                       const schema::Users& users) {
    const bool own =
        delivery.uid == identity.uid && delivery.caller == schema::to_string(identity.caller);
    return own || !may_read_configuration(users, identity.caller, delivery.plan.target,
                                          dispatcher_.now_s());
}

Outbox::Wanted Requests::seen_by(const Identity& identity) {
    // Of many rows, few targets.
    struct Asked {
        std::shared_ptr<const LoadedConfiguration> loaded;
        std::map<std::string, bool> others;
    };
    auto asked = std::make_shared<Asked>(Asked{config_.current(), {}});
    const std::string caller = schema::to_string(identity.caller);
    return [this, asked, identity, caller](const StoredDelivery& delivery) {
        if (delivery.uid == identity.uid && delivery.caller == caller) return true;
        const auto [known, is_new] = asked->others.try_emplace(delivery.plan.target, false);
        if (is_new) {
            known->second = may_see(delivery, identity, asked->loaded->configuration.users);
        }
        return known->second;
    };
}

Result<std::string> Requests::queue(const Parsed& request) {
    auto deliveries = outbox_.waiting(max_listed, seen_by(request.identity));
    if (!deliveries) return fail(deliveries.error());
    return listing(std::move(*deliveries));
}

Result<std::string> Requests::history(const Parsed& request) {
    auto target = string_member(request.body, "target");
    if (!target) return fail(target.error());
    auto event = string_member(request.body, "event");
    if (!event) return fail(event.error());
    const Outbox::Wanted seen = seen_by(request.identity);
    const Outbox::Wanted wanted = [&](const StoredDelivery& delivery) {
        return (!*event || delivery.event_id == **event) && seen(delivery);
    };
    auto deliveries = outbox_.history(*target, max_listed, wanted);
    if (!deliveries) return fail(deliveries.error());
    if (*event && deliveries->empty()) {
        return fail(Code::not_found, "there is no event '" + **event + "' that you may see");
    }
    return listing(std::move(*deliveries));
}

Result<std::string> Requests::metrics(const Parsed& request) {
    const auto loaded = config_.current();
    const Caller& caller = request.identity.caller;
    const auto refused =
        may_read_configuration(loaded->configuration.users, caller, "", dispatcher_.now_s());
    if (refused) return fail(Code::access_denied, to_string(*refused, caller));
    auto health = outbox_.health();
    if (!health) return fail(health.error());
    auto counts = outbox_.counts();
    if (!counts) return fail(counts.error());
    std::vector<std::string> targets = {std::string(schema::mail_to_root)};
    for (const schema::Target& target : loaded->configuration.notifications.targets)
        if (!std::holds_alternative<schema::TargetGroup>(target.settings))
            targets.push_back(target.name);
    const MetricsInput input{targets, std::move(*health), std::move(*counts),
                             loaded->problems.size(), dispatcher_.now_s()};
    return compact_text({{"text", prometheus_text(input)}});
}

// Who tries again by hand may have put an address right. Not where some have the mail already.
Result<void> Requests::readdress(const StoredDelivery& delivery,
                                 const Configuration& configuration) {
    const DeliveryKind kind = delivery.plan.kind;
    const bool is_mail = kind == DeliveryKind::mail || kind == DeliveryKind::smtp;
    if (!is_mail || !delivery.reached.empty()) return {};
    const auto resolved = resolve_target(configuration, delivery.plan.target, dispatcher_.now_s());
    if (!resolved || resolved->mail.recipients.empty()) return {};
    const Mail& mail = resolved->mail;
    return outbox_.readdress(delivery.id, mail.from, mail.author, mail.recipients);
}

Result<std::string> Requests::retry(const Parsed& request) {
    const std::int64_t id = number_member(request.body, "delivery").value_or(0);
    auto delivery = outbox_.delivery(id);
    if (!delivery) return fail(delivery.error());
    const auto loaded = config_.current();
    const schema::Users& users = loaded->configuration.users;
    const Identity& identity = request.identity;
    if (!may_see(*delivery, identity, users)) {
        return fail(Code::not_found, "there is no delivery " + std::to_string(id));
    }
    if (auto refused =
            may_use(users, identity.caller, delivery->plan.target, dispatcher_.now_s())) {
        return fail(Code::access_denied, to_string(*refused, identity.caller));
    }
    if (auto done = readdress(*delivery, loaded->configuration); !done) return fail(done.error());
    if (auto done = outbox_.retry(id, dispatcher_.now_s()); !done) return fail(done.error());
    engine_.arrived({delivery->plan.target});
    return std::string("{}");
}

}  // namespace pmx::notifier
