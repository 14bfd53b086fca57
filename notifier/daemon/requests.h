// The requests of pmx-notify, as JSON over the local socket.
//
//   {"op": "send", "event": {...}, "as"}       -> {"id", "repeated"}
//   {"op": "explain", "event": {...}, "as"}    -> what explain_json() gives
//   {"op": "test", "target", "id", "as"}       -> {"id", "repeated"}
//   {"op": "wait", "id", "until", "seconds"}   -> {"done", "deliveries": [...]}
//   {"op": "targets", "as"}                    -> {"targets": [...], "problems": [...]}
//   {"op": "queue", "as"}                      -> {"deliveries": [...]}
//   {"op": "retry", "delivery", "as"}          -> {}
//   {"op": "history", "target", "event", "as"} -> {"deliveries": [...]}
//   {"op": "metrics", "as"}                    -> {"text": what Prometheus reads}
//
// "edit" and "show" are those of edit_requests.h. "event" is what render/event_request.h says;
// "until" is "tried" (each delivery was attempted) or "settled" (each was delivered or given up),
// "seconds" at most max_wait_s. An answer that is
// {"error": {"code", "message"}} says why not, with the code's name of base/error.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "notifier/daemon/config_source.h"
#include "notifier/daemon/delivery_engine.h"
#include "notifier/daemon/dispatcher.h"
#include "notifier/daemon/edit_requests.h"
#include "notifier/outbox/outbox.h"

namespace pmx::notifier {

constexpr std::int64_t max_wait_s = 10;  // a client asks again

// Thread-safe.
class Requests {
  public:
    // `node` is this node's name, for what was done here.
    Requests(Dispatcher& dispatcher, Outbox& outbox, ConfigSource& config, DeliveryEngine& engine,
             EditRequests& edits, std::string node)
        : dispatcher_(dispatcher),
          outbox_(outbox),
          config_(config),
          engine_(engine),
          edits_(edits),
          node_(std::move(node)) {}

    // Never throws, whatever `request` is.
    std::string handle(std::uint32_t uid, std::string_view request);

  private:
    struct Parsed;
    Result<std::string> answer(std::uint32_t uid, std::string_view request);
    Result<std::string> send(const Parsed& request);
    Result<std::string> explain(const Parsed& request);
    Result<std::string> test(const Parsed& request);
    Result<std::string> wait(const Parsed& request);
    Result<std::string> targets(const Parsed& request);
    Result<std::string> queue(const Parsed& request);
    Result<std::string> retry(const Parsed& request);
    Result<void> readdress(const StoredDelivery& delivery, const Configuration& configuration);
    Result<std::string> history(const Parsed& request);
    Result<std::string> metrics(const Parsed& request);
    std::string listing(std::vector<StoredDelivery> deliveries) const;
    // Those the caller may see: his own events, and what goes to targets he has Mapping.Audit on.
    Outbox::Wanted seen_by(const Identity& identity);
    bool may_see(const StoredDelivery& delivery, const Identity& identity,
                 const schema::Users& users);

    Dispatcher& dispatcher_;
    Outbox& outbox_;
    ConfigSource& config_;
    DeliveryEngine& engine_;
    EditRequests& edits_;
    const std::string node_;
};

}  // namespace pmx::notifier
