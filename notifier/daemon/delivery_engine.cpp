#include "notifier/daemon/delivery_engine.h"

#include <algorithm>

#include "base/log.h"
#include "notifier/outbox/backoff.h"

namespace pmx::notifier {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_busy_targets = 64;

// Looks at the clock this often even when nothing is due: it may have been set.
constexpr milliseconds longest_nap{60'000};
// A full disk: how long until an outcome that could not be recorded is tried again.
constexpr std::chrono::seconds record_again{5};

}  // namespace

DeliveryEngine::DeliveryEngine(Outbox& outbox, const Clock& clock, Ports ports)
    : outbox_(outbox),
      clock_(clock),
      ports_(std::move(ports)),
      scheduler_([this] { schedule(); }) {}

DeliveryEngine::~DeliveryEngine() {
    stop();
    scheduler_.join();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return busy_.empty(); });
}

void DeliveryEngine::wake() {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_all();
}

void DeliveryEngine::stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
}

std::uint64_t DeliveryEngine::progress() {
    const std::lock_guard lock(mutex_);
    return progress_;
}

bool DeliveryEngine::wait_for_progress(std::uint64_t seen,
                                       std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline, [&] { return stopping_ || progress_ != seen; });
    return !stopping_;
}

std::int64_t DeliveryEngine::now_s() const {
    return std::chrono::floor<std::chrono::seconds>(clock_.wall()).time_since_epoch().count();
}

void DeliveryEngine::schedule() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        woken_ = false;
        lock.unlock();
        start_due();
        const milliseconds nap = until_next();
        lock.lock();
        changed_.wait_for(lock, nap, [this] { return stopping_ || woken_; });
    }
}

void DeliveryEngine::start_due() {
    std::set<std::string> busy;
    {
        const std::lock_guard lock(mutex_);
        busy = busy_;
    }
    auto due = outbox_.due(now_s(), busy);
    if (!due) {
        log::error("the outbox cannot be read: " + due.error().message());
        ports_.on_broken(due.error());
        return;
    }
    std::sort(due->begin(), due->end(), [](const StoredDelivery& a, const StoredDelivery& b) {
        return a.next_attempt_s < b.next_attempt_s;
    });
    for (const StoredDelivery& delivery : *due) {
        const std::lock_guard lock(mutex_);
        if (stopping_ || busy_.size() >= max_busy_targets) return;
        busy_.insert(delivery.plan.target);
        std::thread([this, delivery] {
            deliver(delivery);
            const std::lock_guard done_lock(mutex_);
            busy_.erase(delivery.plan.target);
            woken_ = true;
            ++progress_;
            changed_.notify_all();
        }).detach();
    }
}

milliseconds DeliveryEngine::until_next() {
    std::set<std::string> busy;
    {
        const std::lock_guard lock(mutex_);
        busy = busy_;
        // Nothing can start before a worker is done, and that wakes us.
        if (busy.size() >= max_busy_targets) return longest_nap;
    }
    const auto next = outbox_.next_due_s(busy);
    if (!next || !*next) return longest_nap;
    const auto wait =
        std::chrono::sys_time<std::chrono::seconds>(std::chrono::seconds(**next)) - clock_.wall();
    return std::clamp(std::chrono::ceil<milliseconds>(wait), milliseconds(1), longest_nap);
}

void DeliveryEngine::deliver(const StoredDelivery& delivery) {
    auto event = outbox_.event(delivery.event_id);
    if (!event) {
        log::error("event " + delivery.event_id + " cannot be read: " + event.error().message());
        ports_.on_broken(event.error());
        return;
    }
    const Outcome outcome = ports_.attempt(delivery, *event);
    if (outcome.kind != OutcomeKind::interrupted) record_surely(delivery, outcome);
}

// A mail that went out must not go out again because the disk is full: the target waits until it
// is recorded.
void DeliveryEngine::record_surely(const StoredDelivery& delivery, const Outcome& outcome) {
    for (;;) {
        auto recorded = record(delivery, outcome);
        if (recorded) return;
        log::error("what became of delivery " + std::to_string(delivery.id) + " to " +
                   delivery.plan.target + " cannot be recorded: " + recorded.error().message());
        if (is_broken(recorded.error())) {
            ports_.on_broken(recorded.error());
            return;
        }
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, record_again, [this] { return stopping_; })) return;
    }
}

Result<void> DeliveryEngine::record(const StoredDelivery& delivery, const Outcome& outcome) {
    const std::string what = "event " + delivery.event_id + " to " + delivery.plan.target;
    if (outcome.kind == OutcomeKind::delivered) {
        log::info(what + ": delivered");
        return outbox_.record_delivered(delivery, now_s());
    }
    if (outcome.kind == OutcomeKind::permanent) {
        log::error(what + ": failed for good: " + outcome.reason);
        return outbox_.record_given_up(delivery, outcome.reason, DeliveryState::failed, now_s());
    }
    const auto delay_s = retry_delay_s(delivery.attempts + 1, ports_.random());
    if (!delay_s) {
        log::error(what + ": given up after 24 h: " + outcome.reason);
        return outbox_.record_given_up(delivery, outcome.reason, DeliveryState::dead, now_s());
    }
    log::warning(what + ": " + outcome.reason + "; next attempt in " + std::to_string(*delay_s) +
                 " s");
    return outbox_.record_retry(delivery, outcome.reason, now_s(), now_s() + *delay_s);
}

}  // namespace pmx::notifier
