// Carries out what the outbox owes: one scheduler, and a worker for each target that is busy.
//
// A target has at most one delivery in flight, so that one that is down holds up only itself;
// target_turn.h says which. An attempt's outcome is on disk before the target gets its next one.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "notifier/daemon/holding.h"
#include "notifier/daemon/target_turn.h"
#include "notifier/outbox/outbox.h"
#include "notifier/targets/outcome.h"

namespace pmx::notifier {

class DeliveryEngine {
  public:
    struct Ports {
        // One attempt. On a worker's thread; must come back soon once the daemon stops.
        std::function<Outcome(const StoredDelivery&, const Event&)> attempt;
        // Why a delivery that is due is not to be sent now, and holds until a digest tells of it.
        std::function<std::optional<Hold>(const StoredDelivery&)> hold;
        // Makes digests of what need not be held any longer.
        std::function<void()> gather;
        // A cluster's event, right before an attempt: false where this node may not send it. On a
        // worker's thread, as `recorded` is, which follows what was recorded of it.
        std::function<bool(const StoredDelivery&)> may_send;
        std::function<void(const StoredDelivery&)> recorded;
        std::function<std::uint32_t()> random;
        // The outbox cannot be trusted any more: the process must end.
        std::function<void(const Error&)> on_broken;
    };

    DeliveryEngine(Outbox& outbox, const Clock& clock, Ports ports);
    ~DeliveryEngine();  // stop(), and waits for the workers

    // Something was queued for these targets.
    void arrived(const std::vector<std::string>& targets);
    // The clock has moved, or what decides about holding has changed.
    void wake();
    // No new attempts, waiters return; attempts in flight are for their target to end.
    void stop();

    // Another than a worker recorded an outcome.
    void progressed();

    // Grows with each outcome recorded. Waits until it is no longer `seen`, the deadline has passed
    // or the engine stops; false where it stops.
    std::uint64_t progress();
    bool wait_for_progress(std::uint64_t seen, std::chrono::steady_clock::time_point deadline);

  private:
    void schedule();
    // False: what is due cannot be started now, as its outcome could not be recorded or no thread
    // is to be had.
    bool start_due();
    Result<std::vector<StoredDelivery>> due_now();
    bool can_record();
    // What to try at a target now; what is to be held meanwhile is.
    Result<std::optional<StoredDelivery>> choose(const std::string& target);
    // False: the system grants no thread.
    bool start(const StoredDelivery& delivery);
    std::chrono::milliseconds until_next();
    std::set<std::string> busy();
    void deliver(const StoredDelivery& delivery);
    Result<void> record(const StoredDelivery& delivery, const Outcome& outcome);
    Result<void> record_put_off(const StoredDelivery& delivery, const std::string& reason);
    Result<void> record_failure(const StoredDelivery& delivery, const std::string& reason);
    void end_round(const std::string& target, const std::string& reason, std::int64_t next_s);
    void record_surely(const StoredDelivery& delivery, const Outcome& outcome);
    void unreadable(const Error& error);
    [[nodiscard]] std::int64_t now_s() const;

    Outbox& outbox_;
    const Clock& clock_;
    const Ports ports_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    bool woken_ = false;
    std::uint64_t progress_ = 0;
    std::atomic<bool> recorded_last_ = false;  // false: the outbox may take nothing
    bool told_full_ = false;                   // the scheduler's own
    std::set<std::string> busy_;  // targets with a delivery in flight, each on a thread
    std::map<std::string, TargetTurn> turns_;  // of targets that failed last
    std::thread scheduler_;                    // last: it uses all of the above
};

}  // namespace pmx::notifier
