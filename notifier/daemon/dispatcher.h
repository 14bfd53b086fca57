// From what a caller asks to deliveries in the outbox.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "notifier/daemon/config_source.h"
#include "notifier/outbox/outbox.h"
#include "notifier/plan/permissions.h"
#include "notifier/plan/plan.h"
#include "notifier/render/event_request.h"

namespace pmx::notifier {

// Who calls, as the kernel says, and on whose behalf.
struct Identity {
    std::uint32_t uid = 0;
    Caller caller;
};

// Code::access_denied: --as by somebody who is not root, or a user without a name.
Result<Identity> identify(std::uint32_t uid, const std::optional<std::string>& act_as);

// Thread-safe. Code::invalid_argument: what was asked for makes no sense; Code::access_denied: it
// is not allowed, with path and privilege.
class Dispatcher {
  public:
    struct Ports {
        std::function<void(const std::vector<std::string>& targets)> on_queued;
        // A new event is on disk.
        std::function<void(const Event&)> on_accepted;
        // Whether an event of the cluster is offered to one, and that one is to be.
        std::function<bool()> has_cluster;
        std::function<void(const std::string& event_id)> on_offered;
        // The outbox cannot be trusted any more: the process must end.
        std::function<void(const Error&)> on_broken;
    };
    Dispatcher(ConfigSource& config, Outbox& outbox, const Clock& clock, std::string node,
               Ports ports);

    // When it returns, the event is on disk; one of the cluster is known to a majority, where there
    // is one. False: it was before.
    Result<bool> send(const EventRequest& request, const Identity& identity);
    // Of a target or of every member of a group; `id` is the event's.
    Result<bool> test(const std::string& target, const std::string& id, const Identity& identity);
    Result<std::string> explain(const EventRequest& request, const Identity& identity);
    // An event of the daemon's own, as root's.
    Result<bool> announce(const Event& event);
    // What this node is to deliver of an event that was accepted by one node of the cluster.
    struct SharedPlan {
        std::string note;
        std::vector<NewDelivery> deliveries;
    };
    SharedPlan plan_accepted(const Event& event, const std::string& caller);
    // Puts an event into the history that was not let through.
    Result<void> record_refusal(const EventRequest& request, std::uint32_t uid,
                                const std::string& caller, const std::string& why);

    [[nodiscard]] std::int64_t now_s() const;

  private:
    Result<Plan> plan_of(const Event& event, const Identity& identity);
    Result<bool> accept(const Event& event, const Plan& plan, const Identity& identity,
                        bool came_back = false);
    Result<bool> store(const Acceptance& acceptance);
    Result<Event> event_of(EventRequest request);
    // The administrator's texts instead of ours, where there are some.
    void use_templates(const EventRequest& request, Event& event);

    ConfigSource& config_;
    Outbox& outbox_;
    const Clock& clock_;
    const std::string node_;
    const Ports ports_;
};

}  // namespace pmx::notifier
