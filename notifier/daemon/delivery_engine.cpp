#include "notifier/daemon/delivery_engine.h"

#include <algorithm>

#include "base/log.h"
#include "base/start_thread.h"
#include "notifier/outbox/backoff.h"
#include "notifier/render/digest.h"

namespace pmx::notifier {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_busy_targets = 64;

// Looks at the clock this often even when nothing is due: it may have been set.
constexpr milliseconds longest_nap{60'000};
// How long until what a full disk did not take is written again, and what the system had no thread
// for is started.
constexpr std::chrono::seconds try_again{5};

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

void DeliveryEngine::arrived(const std::vector<std::string>& targets) {
    const std::lock_guard lock(mutex_);
    for (const std::string& target : targets) {
        const auto turn = turns_.find(target);
        if (turn != turns_.end()) turn->second.arrived(now_s());
    }
    woken_ = true;
    changed_.notify_all();
}

void DeliveryEngine::wake() {
    arrived({});
}

void DeliveryEngine::progressed() {
    const std::lock_guard lock(mutex_);
    ++progress_;
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
    return to_s(clock_.wall());
}

void DeliveryEngine::schedule() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        woken_ = false;
        lock.unlock();
        ports_.gather();
        const milliseconds nap = start_due() ? until_next() : milliseconds(try_again);
        lock.lock();
        changed_.wait_for(lock, nap, [this] { return stopping_ || woken_; });
    }
}

std::set<std::string> DeliveryEngine::busy() {
    const std::lock_guard lock(mutex_);
    return busy_;
}

void DeliveryEngine::unreadable(const Error& error) {
    log::error("the outbox cannot be read: " + error.message());
    if (is_broken(error)) ports_.on_broken(error);
}

bool DeliveryEngine::start_due() {
    auto due = due_now();
    if (!due) {
        unreadable(due.error());
        return false;
    }
    if (due->empty()) return true;
    if (!can_record()) return false;
    return std::all_of(due->begin(), due->end(),
                       [this](const StoredDelivery& delivery) { return start(delivery); });
}

Result<std::vector<StoredDelivery>> DeliveryEngine::due_now() {
    const std::set<std::string> in_flight = busy();
    auto targets = outbox_.owed_targets();
    if (!targets) return fail(targets.error());
    std::vector<StoredDelivery> due;
    for (const std::string& target : *targets) {
        if (in_flight.contains(target)) continue;
        auto chosen = choose(target);
        if (!chosen) return fail(chosen.error());
        if (*chosen) due.push_back(std::move(**chosen));
    }
    std::sort(due.begin(), due.end(), [](const StoredDelivery& a, const StoredDelivery& b) {
        return a.next_attempt_s < b.next_attempt_s;
    });
    return due;
}

// A mail whose outcome cannot be recorded would go out again with each start of the daemon. Proven
// at the start, and after an outcome that could not be recorded: the record of one proves it for
// the next.
bool DeliveryEngine::can_record() {
    if (recorded_last_) return true;
    auto writable = outbox_.prove_writable();
    if (writable) {
        recorded_last_ = true;
        told_full_ = false;
        return true;
    }
    if (!told_full_) {
        log::error("nothing is sent until the outbox can be written: " +
                   writable.error().message());
    }
    told_full_ = true;
    if (is_broken(writable.error())) ports_.on_broken(writable.error());
    return false;
}

Result<std::optional<StoredDelivery>> DeliveryEngine::choose(const std::string& target) {
    TargetTurn::Choice choice;
    {
        const std::lock_guard lock(mutex_);
        const auto turn = turns_.find(target);
        if (turn != turns_.end()) choice = turn->second.choose(now_s());
    }
    for (;;) {
        if (choice.wait) return std::optional<StoredDelivery>();
        auto first = choice.whatever_due ? outbox_.first_due(target, now_s(), choice.except)
                                         : outbox_.first_owed(target, choice.except);
        if (!first) return first;
        if (!*first) {
            // The one that the round was to go on with is gone.
            if (choice.except != 0)
                end_round(target, "the target is down", now_s() + first_delay_s);
            return first;
        }
        const std::optional<Hold> hold = ports_.hold(**first);
        if (!hold) return first;
        auto held = (*first)->event_type == digest_type
                        ? outbox_.take_back(**first, hold->why, hold->until_s, now_s())
                        : outbox_.hold(**first, hold->why, hold->until_s, now_s());
        if (!held) return fail(held.error());
        log::info("event " + (*first)->event_id + " to " + target + ": held, " + hold->why);
    }
}

bool DeliveryEngine::start(const StoredDelivery& delivery) {
    const std::lock_guard lock(mutex_);
    if (stopping_ || busy_.size() >= max_busy_targets) return true;
    busy_.insert(delivery.plan.target);
    auto started = start_detached([this, delivery] {
        deliver(delivery);
        const std::lock_guard done_lock(mutex_);
        busy_.erase(delivery.plan.target);
        woken_ = true;
        ++progress_;
        changed_.notify_all();
    });
    if (started) return true;
    busy_.erase(delivery.plan.target);
    log::error("event " + delivery.event_id + " to " + delivery.plan.target +
               " waits: " + started.error().message());
    return false;
}

milliseconds DeliveryEngine::until_next() {
    const std::set<std::string> in_flight = busy();
    // Nothing can start before a worker is done, and that wakes us.
    if (in_flight.size() >= max_busy_targets) return longest_nap;
    std::optional<std::int64_t> next;
    if (auto release = outbox_.next_release_s()) next = *release;
    const auto targets = outbox_.owed_targets();
    if (!targets) return longest_nap;
    for (const std::string& target : *targets) {
        if (in_flight.contains(target)) continue;
        std::optional<std::int64_t> of_target;
        {
            const std::lock_guard lock(mutex_);
            const auto turn = turns_.find(target);
            if (turn != turns_.end()) of_target = turn->second.waits_until_s();
        }
        if (!of_target) {
            auto due = outbox_.next_due_s(target);
            if (due) of_target = *due;
        }
        if (of_target) next = std::min(next.value_or(*of_target), *of_target);
    }
    if (!next) return longest_nap;
    const auto wait =
        std::chrono::sys_time<std::chrono::seconds>(std::chrono::seconds(*next)) - clock_.wall();
    return std::clamp(std::chrono::ceil<milliseconds>(wait), milliseconds(1), longest_nap);
}

void DeliveryEngine::deliver(const StoredDelivery& delivery) {
    auto event = outbox_.event(delivery.event_id);
    if (!event) {
        unreadable(event.error());
        if (is_broken(event.error())) return;
        // Not at once again, or a row without its event would be tried for ever.
        return record_surely(delivery, Outcome::retry(event.error().message()));
    }
    if (!ports_.may_send(delivery)) return;
    const Outcome outcome = ports_.attempt(delivery, *event);
    if (outcome.kind == OutcomeKind::interrupted) return;
    record_surely(delivery, outcome);
    ports_.recorded(delivery);
}

// A mail that went out must not go out again because the disk is full: the target waits until it
// is recorded.
void DeliveryEngine::record_surely(const StoredDelivery& delivery, const Outcome& outcome) {
    for (;;) {
        auto recorded = record(delivery, outcome);
        recorded_last_ = recorded.has_value();
        if (recorded) return;
        log::error("what became of delivery " + std::to_string(delivery.id) + " to " +
                   delivery.plan.target + " cannot be recorded: " + recorded.error().message());
        if (is_broken(recorded.error())) {
            ports_.on_broken(recorded.error());
            return;
        }
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, try_again, [this] { return stopping_; })) return;
    }
}

Result<void> DeliveryEngine::record(const StoredDelivery& delivery, const Outcome& outcome) {
    if (!outcome.remaining.empty()) {
        auto kept = outbox_.keep_recipients(delivery, outcome.remaining);
        if (!kept) return kept;
    }
    const std::string what = "event " + delivery.event_id + " to " + delivery.plan.target;
    // Who has it shows that the target is well: what is left of a mail is nobody else's matter.
    const bool some_have_it = !outcome.remaining.empty() || !delivery.reached.empty();
    if (outcome.kind == OutcomeKind::retry) {
        return outcome.of_recipients && some_have_it ? record_put_off(delivery, outcome.reason)
                                                     : record_failure(delivery, outcome.reason);
    }
    auto recorded =
        outcome.kind == OutcomeKind::delivered
            ? outbox_.record_delivered(delivery, outcome.reason, now_s())
            : outbox_.record_given_up(delivery, outcome.reason, DeliveryState::failed, now_s());
    if (!recorded) return recorded;
    if (outcome.kind == OutcomeKind::delivered) {
        log::info(what + ": delivered");
    } else {
        log::error(what + ": failed for good: " + outcome.reason);
    }
    const std::lock_guard lock(mutex_);
    turns_.erase(delivery.plan.target);
    return recorded;
}

Result<void> DeliveryEngine::record_put_off(const StoredDelivery& delivery,
                                            const std::string& reason) {
    const std::string what = "event " + delivery.event_id + " to " + delivery.plan.target + ": ";
    const auto delay_s = retry_delay_s(delivery.attempts + 1, ports_.random());
    auto recorded = delay_s
                        ? outbox_.record_retry(delivery, reason, now_s(), now_s() + *delay_s)
                        : outbox_.record_given_up(delivery, reason, DeliveryState::dead, now_s());
    if (!recorded) return recorded;
    if (delay_s) {
        log::warning(what + reason + "; next attempt in " + std::to_string(*delay_s) + " s");
    } else {
        log::error(what + "given up after 24 h: " + reason);
    }
    const std::lock_guard lock(mutex_);
    turns_.erase(delivery.plan.target);
    return recorded;
}

Result<void> DeliveryEngine::record_failure(const StoredDelivery& delivery,
                                            const std::string& reason) {
    const std::string& target = delivery.plan.target;
    const std::string what = "event " + delivery.event_id + " to " + target + ": ";
    const auto delay_s = retry_delay_s(delivery.attempts + 1, ports_.random());
    const std::int64_t next_s = now_s() + delay_s.value_or(longest_delay_s);
    bool counts = false;
    {
        const std::lock_guard lock(mutex_);
        counts = turns_[target].counts(now_s());
    }
    auto recorded = !counts ? outbox_.record_early(delivery, reason, now_s(), next_s)
                    : !delay_s
                        ? outbox_.record_given_up(delivery, reason, DeliveryState::dead, now_s())
                        : outbox_.record_retry(delivery, reason, now_s(), next_s);
    if (!recorded) return recorded;
    if (counts && !delay_s) {
        log::error(what + "given up after 24 h: " + reason);
    } else {
        log::warning(what + reason + "; next attempt in " +
                     std::to_string(delay_s.value_or(longest_delay_s)) + " s");
    }
    auto other = outbox_.first_owed(target, delivery.id);
    bool goes_on = false;
    {
        const std::lock_guard lock(mutex_);
        goes_on = turns_[target].failed(delivery.id, other && *other);
    }
    if (!goes_on) end_round(target, reason, next_s);
    return recorded;
}

// Both the first in line and the one behind it failed: all wait.
void DeliveryEngine::end_round(const std::string& target, const std::string& reason,
                               std::int64_t next_s) {
    bool counts = false;
    TargetTurn::Over over;
    {
        const std::lock_guard lock(mutex_);
        TargetTurn& turn = turns_[target];
        counts = turn.counts(now_s());
        over = turn.end_round(now_s(), next_s);
    }
    auto dead =
        outbox_.record_target_down(target, over.tried, counts, reason, now_s(), over.next_s);
    if (!dead) {
        log::error("that " + target + " is down cannot be recorded: " + dead.error().message());
        if (is_broken(dead.error())) ports_.on_broken(dead.error());
        return;
    }
    for (const StoredDelivery& delivery : *dead) {
        std::string message = "event " + delivery.event_id;
        message.append(" to ").append(target).append(": given up after 24 h: ").append(reason);
        log::error(message);
        ports_.recorded(delivery);
    }
}

}  // namespace pmx::notifier
