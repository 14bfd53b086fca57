// Carries out what the outbox owes: one scheduler, and a worker for each target that is busy.
//
// A target has at most one delivery in flight, so that one that is down holds up only itself. An
// attempt's outcome is on disk before the target gets its next one.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "notifier/outbox/outbox.h"
#include "notifier/targets/outcome.h"

namespace pmx::notifier {

class DeliveryEngine {
  public:
    struct Ports {
        // One attempt. On a worker's thread; must come back soon once the daemon stops.
        std::function<Outcome(const StoredDelivery&, const Event&)> attempt;
        std::function<std::uint32_t()> random;
        // The outbox cannot be trusted any more: the process must end.
        std::function<void(const Error&)> on_broken;
    };

    DeliveryEngine(Outbox& outbox, const Clock& clock, Ports ports);
    ~DeliveryEngine();  // stop(), and waits for the workers

    // Something was queued, or the clock has moved.
    void wake();
    // No new attempts, waiters return; attempts in flight are for their target to end.
    void stop();

    // Grows with each outcome recorded. Waits until it is no longer `seen`, the deadline has passed
    // or the engine stops; false where it stops.
    std::uint64_t progress();
    bool wait_for_progress(std::uint64_t seen, std::chrono::steady_clock::time_point deadline);

  private:
    void schedule();
    void start_due();
    std::chrono::milliseconds until_next();
    void deliver(const StoredDelivery& delivery);
    Result<void> record(const StoredDelivery& delivery, const Outcome& outcome);
    void record_surely(const StoredDelivery& delivery, const Outcome& outcome);
    [[nodiscard]] std::int64_t now_s() const;

    Outbox& outbox_;
    const Clock& clock_;
    const Ports ports_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    bool woken_ = false;
    std::uint64_t progress_ = 0;
    std::set<std::string> busy_;  // targets with a delivery in flight, each on a thread
    std::thread scheduler_;       // last: it uses all of the above
};

}  // namespace pmx::notifier
