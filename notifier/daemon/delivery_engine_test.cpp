#include "notifier/daemon/delivery_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>

#include "notifier/outbox/backoff.h"
#include "tests/support/temporary_directory.h"

namespace pmx::notifier {
namespace {

// What the test takes for granted.
template <typename T>
void must(const Result<T>& result) {
    ASSERT_TRUE(result) << result.error().message();
}

class ManualClock final : public Clock {
  public:
    [[nodiscard]] WallTime wall() const override { return WallTime(std::chrono::seconds(now_s)); }
    [[nodiscard]] MonotonicTime monotonic() const override { return {}; }
    std::atomic<std::int64_t> now_s = 1'700'000'000;
};

constexpr auto patience = std::chrono::seconds(20);

class DeliveryEngineTest : public testing::Test {
  protected:
    DeliveryEngineTest() { outbox_ = std::move(Outbox::open(directory_.path(), 0)->outbox); }

    void start(std::function<Outcome(const StoredDelivery&)> attempt) {
        engine_ = std::make_unique<DeliveryEngine>(
            *outbox_, clock_,
            DeliveryEngine::Ports{.attempt = [attempt = std::move(attempt)](
                                                 const StoredDelivery& delivery,
                                                 const Event&) { return attempt(delivery); },
                                  .random = [] { return 0U; },
                                  .on_broken = [this](const Error&) { broken_ = true; }});
    }

    void accept(const std::string& id, const std::vector<std::string>& targets) {
        Acceptance acceptance;
        acceptance.event.id = id;
        for (const std::string& target : targets) {
            NewDelivery delivery;
            delivery.target = target;
            delivery.kind = DeliveryKind::mail;
            acceptance.deliveries.push_back(delivery);
        }
        must(outbox_->accept(acceptance, clock_.now_s));
        if (engine_) engine_->wake();
    }

    StoredDelivery row(const std::string& id) { return outbox_->of_event(id)->front(); }

    template <typename Predicate>
    void wait_until(Predicate predicate) {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        for (;;) {
            const std::uint64_t seen = engine_->progress();
            if (predicate()) return;
            ASSERT_LT(std::chrono::steady_clock::now(), deadline);
            engine_->wait_for_progress(seen, deadline);
        }
    }

    TemporaryDirectory directory_;
    ManualClock clock_;
    std::unique_ptr<Outbox> outbox_;
    std::atomic<bool> broken_ = false;
    std::unique_ptr<DeliveryEngine> engine_;  // last: it ends first
};

TEST_F(DeliveryEngineTest, WhatStayedFromBeforeIsDelivered) {
    accept("e", {"t"});
    start([](const StoredDelivery&) { return Outcome::delivered(); });
    wait_until([&] { return row("e").plan.state == DeliveryState::delivered; });
    EXPECT_EQ(row("e").attempts, 1);
}

TEST_F(DeliveryEngineTest, BacksOffAndIsDeadAfter24Hours) {
    std::atomic<int> attempts = 0;
    start([&](const StoredDelivery&) {
        ++attempts;
        return Outcome::retry("down");
    });
    accept("e", {"t"});
    const std::int64_t begin = clock_.now_s;
    int expected = 1;
    for (;; ++expected) {
        wait_until([&] { return row("e").attempts == expected; });
        const StoredDelivery now = row("e");
        if (now.plan.state == DeliveryState::dead) break;
        ASSERT_EQ(now.plan.state, DeliveryState::queued);
        EXPECT_EQ(now.next_attempt_s - now.updated_s, *retry_delay_s(expected, 0));
        clock_.now_s = now.next_attempt_s;
        engine_->wake();
    }
    EXPECT_EQ(attempts, expected) << "no attempt before its time";
    EXPECT_EQ(row("e").plan.reason, "down");
    // Without jitter 24 h; here every delay is the shortest that jitter gives.
    EXPECT_GE(clock_.now_s - begin, give_up_after_s * 4 / 5);
    must(outbox_->retry(row("e").id, clock_.now_s));
    engine_->wake();
    wait_until([&] { return row("e").attempts == 1; });
    EXPECT_EQ(row("e").plan.state, DeliveryState::queued);
}

TEST_F(DeliveryEngineTest, WhatCannotHelpIsNotTriedAgain) {
    start([](const StoredDelivery&) { return Outcome::permanent("401"); });
    accept("e", {"t"});
    wait_until([&] { return row("e").plan.state == DeliveryState::failed; });
    EXPECT_EQ(row("e").plan.reason, "401");
}

TEST_F(DeliveryEngineTest, ATargetThatHangsHoldsUpItselfOnly) {
    std::promise<void> release;
    auto released = release.get_future().share();
    std::atomic<int> hanging = 0;
    start([&](const StoredDelivery& delivery) {
        if (delivery.plan.target == "hung") {
            EXPECT_EQ(++hanging, 1) << "one at a time";
            released.wait();
            --hanging;
        }
        return Outcome::delivered();
    });
    for (int i = 0; i < 20; ++i)
        accept("e" + std::to_string(i), {"hung", "fine"});
    wait_until([&] { return outbox_->due(clock_.now_s, {"hung"})->empty(); });
    wait_until([&] { return outbox_->health()->contains("fine"); });
    EXPECT_FALSE(outbox_->health()->contains("hung"));
    release.set_value();
    wait_until([&] { return outbox_->waiting(100)->empty(); });
}

TEST_F(DeliveryEngineTest, AnInterruptionIsNoAttempt) {
    std::promise<void> begun;
    start([&](const StoredDelivery&) {
        engine_->stop();  // as the daemon does before it interrupts what is in flight
        begun.set_value();
        return Outcome::interrupted();
    });
    accept("e", {"t"});
    begun.get_future().wait();
    engine_.reset();
    EXPECT_EQ(row("e").attempts, 0);
    EXPECT_EQ(row("e").plan.state, DeliveryState::queued);
}

TEST_F(DeliveryEngineTest, StoppingReleasesWhoWaits) {
    start([](const StoredDelivery&) { return Outcome::delivered(); });
    auto waiting = std::async(std::launch::async, [&] {
        return engine_->wait_for_progress(engine_->progress(),
                                          std::chrono::steady_clock::now() + patience);
    });
    engine_->stop();
    EXPECT_FALSE(waiting.get());
}

}  // namespace
}  // namespace pmx::notifier
