// What a target is not told now: quiet hours, and more than it takes in an hour. Later one digest
// tells of it; nothing is dropped.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "notifier/daemon/config_source.h"
#include "notifier/outbox/outbox.h"
#include "schema/calendar.h"
#include "schema/notifications.h"

namespace pmx::notifier {

struct Hold {
    std::string why;
    std::int64_t until_s = 0;  // when to look again
    friend bool operator==(const Hold&, const Hold&) = default;
};

// Pure. Nothing where something of this severity may be sent now, `delivered` having been sent in
// the last hour.
std::optional<Hold> hold_of(const schema::Target& target, Severity severity,
                            schema::LocalTime local, std::int64_t now_s, std::int64_t delivered);

// Most that one digest tells of; what is beyond goes into the next.
constexpr std::size_t max_gathered = 2000;

// Decides by the configuration of the moment. Thread-safe.
class Holding {
  public:
    struct Ports {
        std::function<std::string()> new_id;
        // The outbox cannot be trusted any more: the process must end.
        std::function<void(const Error&)> on_broken;
    };
    Holding(ConfigSource& config, Outbox& outbox, const Clock& clock, std::string node,
            Ports ports);

    // Tests are never held, nor what some recipients of a mail have already.
    std::optional<Hold> check(const StoredDelivery& delivery);
    // One digest for each target that may be told again.
    void gather();

  private:
    [[nodiscard]] std::int64_t now_s() const;
    std::optional<Hold> hold_now(const std::string& target, Severity severity);
    Result<void> gather(const std::string& target);
    Result<Acceptance> digest_of(const std::string& target,
                                 const std::vector<StoredDelivery>& told);
    Result<void> extend(const std::string& target, const Hold& hold,
                        const std::vector<StoredDelivery>& held);

    ConfigSource& config_;
    Outbox& outbox_;
    const Clock& clock_;
    const std::string node_;
    const Ports ports_;
};

}  // namespace pmx::notifier
