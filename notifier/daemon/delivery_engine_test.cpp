#include "notifier/daemon/delivery_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <future>
#include <map>

#include "notifier/outbox/backoff.h"
#include "notifier/render/digest.h"
#include "tests/support/no_threads.h"
#include "tests/support/refusing_vfs.h"
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
            DeliveryEngine::Ports{
                .attempt = [attempt = std::move(attempt)](
                               const StoredDelivery& delivery,
                               const Event&) { return attempt(delivery); },
                .hold = [this](const StoredDelivery& delivery) -> std::optional<Hold> {
                    if (choosing_) choosing_(delivery);
                    const bool is_quiet = quiet_ && delivery.plan.target == "t";
                    if (delivery.event_type != held_type_ && !is_quiet) return std::nullopt;
                    return Hold{"quiet", clock_.now_s + 60};
                },
                .gather = [this] { ++rounds_; },
                .may_send = [](const StoredDelivery&) { return true; },
                .recorded = [](const StoredDelivery&) {},
                .random = [] { return 0U; },
                .on_broken = [this](const Error&) { broken_ = true; }});
    }

    void accept(const std::string& id, const std::vector<std::string>& targets,
                const std::string& type = "x") {
        Acceptance acceptance;
        acceptance.event.id = id;
        acceptance.event.type = type;
        for (const std::string& target : targets) {
            NewDelivery delivery;
            delivery.target = target;
            delivery.kind = DeliveryKind::mail;
            delivery.recipients = {"good@x", "later@x"};
            acceptance.deliveries.push_back(delivery);
        }
        must(outbox_->accept(acceptance, clock_.now_s));
        if (engine_) engine_->arrived(targets);
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

    // Of what no progress tells.
    template <typename Predicate>
    static void eventually(Predicate predicate) {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (!predicate()) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline);
            std::this_thread::yield();
        }
    }

    RefusingVfs vfs_;
    TemporaryDirectory directory_;
    ManualClock clock_;
    std::unique_ptr<Outbox> outbox_;
    std::atomic<bool> broken_ = false;
    std::atomic<int> rounds_ = 0;  // that the scheduler began
    const std::string held_type_ = "held";
    std::function<void(const StoredDelivery&)> choosing_;  // between the choice and the attempt
    std::atomic<bool> quiet_ = false;                      // for target "t"
    std::unique_ptr<DeliveryEngine> engine_;               // last: it ends first
};

TEST_F(DeliveryEngineTest, WhatStayedFromBeforeIsDelivered) {
    accept("e", {"t"});
    start([](const StoredDelivery&) { return Outcome::delivered(); });
    wait_until([&] { return row("e").plan.state == DeliveryState::delivered; });
    EXPECT_EQ(row("e").attempts, 1);
}

TEST_F(DeliveryEngineTest, NothingIsSentWhoseOutcomeCouldNotBeRecorded) {
    accept("e", {"t"});
    vfs_.refuse_writes(EIO);
    std::atomic<int> attempts = 0;
    start([&](const StoredDelivery&) {
        ++attempts;
        return Outcome::delivered();
    });
    eventually([&] { return broken_.load(); });
    engine_.reset();
    EXPECT_EQ(attempts, 0);
    vfs_.refuse_writes(0);
}

TEST_F(DeliveryEngineTest, WhatAQuotaHoldsUpIsSentOnceThereIsRoom) {
    accept("e", {"t"});
    vfs_.refuse_writes(EDQUOT);
    std::atomic<int> attempts = 0;
    start([&](const StoredDelivery&) {
        vfs_.refuse_writes(EDQUOT);  // the outcome waits for room too
        ++attempts;
        return Outcome::delivered();
    });
    eventually([&] { return rounds_ >= 1; });
    engine_->wake();
    eventually([&] { return rounds_ >= 2; });  // so the first is over
    EXPECT_EQ(attempts, 0);
    vfs_.refuse_writes(0);
    engine_->wake();
    eventually([&] { return attempts == 1; });
    vfs_.refuse_writes(0);
    wait_until([&] { return row("e").plan.state == DeliveryState::delivered; });
    EXPECT_EQ(attempts, 1);
    EXPECT_FALSE(broken_);
}

TEST_F(DeliveryEngineTest, AnEventThatIsGoneEndsNothing) {
    accept("gone", {"t"});
    choosing_ = [this](const StoredDelivery& delivery) {
        if (delivery.event_id != "gone") return;
        must(outbox_->record_given_up(delivery, "meanwhile", DeliveryState::dead, 0));
        must(outbox_->remove_old(clock_.now_s + history_s + 1));
    };
    start([](const StoredDelivery&) { return Outcome::delivered(); });
    wait_until([&] { return outbox_->of_event("gone")->empty() && engine_->progress() >= 1; });
    accept("e", {"u"});
    wait_until([&] { return row("e").plan.state == DeliveryState::delivered; });
    EXPECT_FALSE(broken_);
}

TEST_F(DeliveryEngineTest, WithoutAThreadADeliveryWaits) {
    std::atomic<int> attempts = 0;
    start([&](const StoredDelivery&) {
        ++attempts;
        return Outcome::delivered();
    });
    eventually([&] { return rounds_ >= 1; });  // the scheduler has its own thread
    {
        const NoThreads no_threads;
        accept("e", {"t"});
        const int before = rounds_;
        engine_->wake();
        eventually([&] { return rounds_ > before; });
        engine_->wake();
        eventually([&] { return rounds_ > before + 1; });
        EXPECT_EQ(attempts, 0);
    }
    engine_->wake();
    wait_until([&] { return row("e").plan.state == DeliveryState::delivered; });
    EXPECT_EQ(attempts, 1);
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
        // Recorded, and what follows for the target from that is done too.
        wait_until([&] { return engine_->progress() == static_cast<unsigned>(expected); });
        ASSERT_EQ(row("e").attempts, expected);
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
    clock_.now_s += shortest_round_s;
    engine_->arrived({"t"});
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
    wait_until([&] { return !*outbox_->first_owed("fine"); });
    EXPECT_FALSE(outbox_->health()->contains("hung"));
    release.set_value();
    wait_until([&] { return outbox_->waiting(100)->empty(); });
}

TEST_F(DeliveryEngineTest, WhatIsToBeHeldIsNotSent) {
    std::atomic<int> attempts = 0;
    start([&](const StoredDelivery&) {
        ++attempts;
        return Outcome::delivered();
    });
    accept("held", {"t"}, held_type_);
    accept("e", {"t"});
    wait_until([&] { return row("e").plan.state == DeliveryState::delivered; });
    EXPECT_EQ(row("held").plan.state, DeliveryState::held);
    EXPECT_EQ(attempts, 1);
}

TEST_F(DeliveryEngineTest, ADigestThatIsTriedAgainIsTakenBackInQuietHours) {
    start([](const StoredDelivery& delivery) {
        return delivery.plan.target == "t" ? Outcome::retry("down") : Outcome::delivered();
    });
    accept("e", {"t"}, held_type_);
    accept("sign", {"u"});  // the scheduler has seen what came before
    wait_until([&] { return row("sign").plan.state == DeliveryState::delivered; });
    ASSERT_EQ(row("e").plan.state, DeliveryState::held);
    Acceptance digest;
    digest.event.id = "digest";
    digest.event.type = digest_type;
    digest.deliveries = {row("e").plan};
    digest.deliveries.front().state = DeliveryState::queued;
    ASSERT_TRUE(*outbox_->gather(digest, *outbox_->held("t", 10), clock_.now_s));
    engine_->arrived({"t"});
    wait_until([&] { return row("digest").attempts == 1; });
    quiet_ = true;
    clock_.now_s = row("digest").next_attempt_s;
    accept("another sign", {"u"});
    wait_until([&] { return row("another sign").plan.state == DeliveryState::delivered; });
    EXPECT_EQ(row("digest").plan.state, DeliveryState::skipped);
    EXPECT_EQ(row("digest").attempts, 1);
    EXPECT_EQ(row("e").plan.state, DeliveryState::held);
}

TEST_F(DeliveryEngineTest, ATargetThatComesBackGetsEverythingInOrder) {
    std::atomic<bool> down = true;
    std::mutex mutex;
    std::vector<std::string> delivered;
    std::atomic<int> failed = 0;
    start([&](const StoredDelivery& delivery) {
        if (down) {
            ++failed;
            return Outcome::retry("down");
        }
        const std::lock_guard lock(mutex);
        delivered.push_back(delivery.event_id);
        return Outcome::delivered();
    });
    std::vector<std::string> expected;
    for (int i = 0; i < 50; ++i) {
        expected.push_back("e" + std::to_string(i));
        accept(expected.back(), {"t"});
    }
    wait_until([&] { return row("e0").attempts > 0; });
    clock_.now_s += shortest_round_s;
    engine_->wake();
    wait_until([&] { return row("e49").attempts > 0; });
    EXPECT_LE(failed, 4) << "two are tried before all wait, whenever the others came";
    down = false;
    clock_.now_s += 3600;
    engine_->wake();
    wait_until([&] { return row("e49").plan.state == DeliveryState::delivered; });
    EXPECT_EQ(delivered, expected);
}

TEST_F(DeliveryEngineTest, AMessageThatIsNotTakenStandsInNobodysWay) {
    start([&](const StoredDelivery& delivery) {
        return delivery.event_id == "poison" ? Outcome::retry("not this") : Outcome::delivered();
    });
    accept("poison", {"t"});
    for (int i = 0; i < 10; ++i)
        accept("e" + std::to_string(i), {"t"});
    // Before it is its turn again.
    clock_.now_s += shortest_round_s;
    engine_->wake();
    wait_until([&] { return row("e9").plan.state == DeliveryState::delivered; });
    EXPECT_EQ(row("poison").plan.state, DeliveryState::queued);
}

TEST_F(DeliveryEngineTest, ARecipientThatIsPutOffHoldsUpNobody) {
    std::mutex mutex;
    std::vector<std::string> sent;  // "event: recipients"
    start([&](const StoredDelivery& delivery) {
        const std::lock_guard lock(mutex);
        std::string& last = sent.emplace_back(delivery.event_id + ":");
        for (const std::string& recipient : delivery.plan.recipients)
            last += " " + recipient;
        Outcome outcome = Outcome::retry("later@x: 450");
        outcome.of_recipients = true;
        if (delivery.reached.empty()) outcome.remaining = {"later@x"};
        return outcome;
    });
    for (int i = 0; i < 5; ++i)
        accept("e" + std::to_string(i), {"t"});
    wait_until([&] { return row("e4").attempts == 1; });
    EXPECT_EQ(row("e4").reached, std::vector<std::string>{"good@x"});
    clock_.now_s = row("e4").next_attempt_s;
    engine_->wake();
    wait_until([&] { return row("e4").attempts == 2; });
    accept("new", {"t"});
    wait_until([&] { return row("new").attempts == 1; });
    const std::lock_guard lock(mutex);
    EXPECT_EQ(sent.size(), 11U);
    EXPECT_EQ(sent.front(), "e0: good@x later@x");
    EXPECT_EQ(sent.at(5), "e0: later@x") << "who has it does not get it again";
    EXPECT_EQ(sent.back(), "new: good@x later@x");
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
