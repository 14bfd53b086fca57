// One attempt at one delivery, in the way of its target.
#pragma once

#include <string>

#include "notifier/daemon/config_source.h"
#include "notifier/outbox/outbox.h"
#include "notifier/targets/outcome.h"
#include "notifier/targets/stop_signal.h"

namespace pmx::notifier {

// Thread-safe.
class Sender {
  public:
    Sender(std::string sendmail, ConfigSource& config, const StopSignal& stop)
        : sendmail_(std::move(sendmail)), config_(config), stop_(stop) {}

    Outcome attempt(const StoredDelivery& delivery, const Event& event);

  private:
    Outcome mail(const StoredDelivery& delivery, const Event& event);
    // Of these, servers, secrets and proxy are those in force now: what was wrong with them may be
    // mended.
    Outcome smtp(const StoredDelivery& delivery, const Event& event);
    Outcome gotify(const StoredDelivery& delivery, const Event& event);
    Outcome webhook(const StoredDelivery& delivery, const Event& event);

    const std::string sendmail_;
    ConfigSource& config_;
    const StopSignal& stop_;
};

}  // namespace pmx::notifier
