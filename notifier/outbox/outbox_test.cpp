#include "notifier/outbox/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "notifier/outbox/backoff.h"
#include "notifier/outbox/outbox_v1_fixture.h"
#include "tests/support/refusing_vfs.h"
#include "tests/support/temporary_directory.h"

namespace pmx::notifier {
namespace {

constexpr std::int64_t now_s = 1'700'000'000;

// What the test takes for granted.
template <typename T>
void must(const Result<T>& result) {
    ASSERT_TRUE(result) << result.error().message();
}

class OutboxTest : public testing::Test {
  protected:
    OutboxTest() { open(); }

    void open() {
        outbox_.reset();
        auto opened = Outbox::open(directory_.path(), now_s);
        ASSERT_TRUE(opened) << opened.error().message();
        outbox_ = std::move(opened->outbox);
        diagnosis_ = opened->diagnosis;
    }

    static Acceptance event(const std::string& id, const std::vector<std::string>& targets,
                            std::uint32_t uid = 0) {
        Acceptance acceptance;
        acceptance.event.id = id;
        acceptance.event.type = "x";
        acceptance.event.title = "title";
        acceptance.event.body = "body";
        acceptance.event.fields = {{"name", "value"}};
        acceptance.uid = uid;
        acceptance.caller = "user" + std::to_string(uid) + "@pam";
        for (const std::string& target : targets) {
            NewDelivery delivery;
            delivery.target = target;
            delivery.kind = DeliveryKind::mail;
            delivery.recipients = {"a@b", "c@d"};
            delivery.skipped_users = {{"u@pve", "disabled"}};
            acceptance.deliveries.push_back(delivery);
        }
        return acceptance;
    }

    // Of each target that something is owed to.
    std::vector<std::string> due_ids(std::int64_t at_s) {
        std::vector<std::string> ids;
        const auto targets = outbox_->owed_targets();
        for (const std::string& target : *targets) {
            const auto due = outbox_->first_due(target, at_s);
            if (*due) ids.push_back((*due)->event_id + "/" + target);
        }
        return ids;
    }

    StoredDelivery first(const std::string& target) {
        return outbox_->first_owed(target)->value_or(StoredDelivery());
    }

    TemporaryDirectory directory_;
    std::unique_ptr<Outbox> outbox_;
    std::optional<std::string> diagnosis_;
};

TEST_F(OutboxTest, WhatIsAcceptedIsThereAfterARestart) {
    Acceptance acceptance = event("e", {"t"});
    acceptance.event.html = "<p>";
    acceptance.event.fields = {{"k", "v"}};
    acceptance.deliveries[0].via = "group";
    ASSERT_TRUE(*outbox_->accept(acceptance, now_s));
    open();
    EXPECT_FALSE(diagnosis_);
    auto due = outbox_->first_due("t", now_s);
    ASSERT_TRUE(*due);
    EXPECT_EQ((*due)->plan.recipients, acceptance.deliveries[0].recipients);
    EXPECT_EQ((*due)->plan.skipped_users, acceptance.deliveries[0].skipped_users);
    EXPECT_EQ((*due)->plan.via, "group");
    auto stored = outbox_->event("e");
    EXPECT_EQ(stored->body, "body");
    EXPECT_EQ(stored->html, "<p>");
    EXPECT_EQ(stored->fields, acceptance.event.fields);
}

TEST_F(OutboxTest, TheSameEventIsAcceptedOnce) {
    EXPECT_TRUE(*outbox_->accept(event("e", {"t"}), now_s));
    EXPECT_FALSE(*outbox_->accept(event("e", {"t"}), now_s));
    EXPECT_EQ(outbox_->of_event("e")->size(), 1U);
    auto other = outbox_->accept(event("e", {"t"}, 1000), now_s);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code(), Code::already_exists);
}

TEST_F(OutboxTest, OneDeliveryOfATargetIsDueAtATime) {
    must(outbox_->accept(event("a", {"t", "u"}), now_s));
    must(outbox_->accept(event("b", {"t"}), now_s));
    EXPECT_THAT(due_ids(now_s), testing::ElementsAre("a/t", "a/u"));
    const StoredDelivery a = first("t");
    EXPECT_EQ((*outbox_->first_due("t", now_s, a.id))->event_id, "b");
    EXPECT_FALSE(*outbox_->first_due("u", now_s, first("u").id));
    must(outbox_->record_delivered(a, "250 ok", now_s));
    EXPECT_THAT(due_ids(now_s), testing::ElementsAre("b/t", "a/u"));
}

TEST_F(OutboxTest, WhatIsRecordedAsDoneIsNeverDueAgain) {
    must(outbox_->accept(event("e", {"t"}), now_s));
    const StoredDelivery delivery = first("t");
    must(outbox_->record_delivered(delivery, "", now_s));
    // A late verdict of another kind does not bring it back.
    must(outbox_->record_retry(delivery, "late", now_s, now_s));
    EXPECT_FALSE(outbox_->retry(delivery.id, now_s));
    open();
    EXPECT_THAT(due_ids(now_s + 1'000'000), testing::IsEmpty());
    EXPECT_EQ(outbox_->of_event("e")->front().plan.state, DeliveryState::delivered);
    EXPECT_EQ(outbox_->event("e")->body, "") << "no need to keep it";
    EXPECT_TRUE(outbox_->event("e")->fields.empty());
}

TEST_F(OutboxTest, ARetryIsDueWhenItsTimeHasCome) {
    must(outbox_->accept(event("e", {"t"}), now_s));
    must(outbox_->record_retry(first("t"), "down", now_s, now_s + 30));
    EXPECT_THAT(due_ids(now_s + 29), testing::IsEmpty());
    EXPECT_EQ(*outbox_->next_due_s("t"), now_s + 30);
    EXPECT_EQ(*outbox_->next_due_s("u"), std::nullopt);
    EXPECT_THAT(due_ids(now_s + 30), testing::SizeIs(1));
    EXPECT_THAT(due_ids(now_s - 86400), testing::SizeIs(1)) << "the clock was set back";
    EXPECT_EQ(outbox_->health()->at("t").last_error, "down");
}

TEST_F(OutboxTest, WhatWasGivenUpStaysUntilItIsRetried) {
    must(outbox_->accept(event("e", {"t"}), now_s));
    const StoredDelivery delivery = first("t");
    must(outbox_->record_given_up(delivery, "401", DeliveryState::failed, now_s));
    EXPECT_THAT(due_ids(now_s + 1'000'000), testing::IsEmpty());
    EXPECT_EQ(outbox_->waiting(10)->front().plan.reason, "401");
    EXPECT_EQ(outbox_->event("e")->body, "body");
    must(outbox_->retry(delivery.id, now_s + 5));
    EXPECT_THAT(due_ids(now_s + 5), testing::SizeIs(1));
    EXPECT_EQ(outbox_->delivery(delivery.id)->attempts, 0);
}

TEST_F(OutboxTest, HistoryIsBoundedButTheQueueIsNot) {
    must(outbox_->accept(event("waiting", {"t"}), now_s));
    must(outbox_->accept(event("old", {}), now_s));
    must(outbox_->accept(event("new", {}), now_s + history_s));
    must(outbox_->remove_old(now_s + history_s + 1));
    EXPECT_TRUE(outbox_->event("waiting"));
    EXPECT_FALSE(outbox_->event("old"));
    EXPECT_TRUE(outbox_->event("new"));
}

TEST_F(OutboxTest, HistoryShowsEventsWithoutDeliveries) {
    Acceptance refused = event("r", {});
    refused.refused = true;
    refused.note = "not allowed";
    must(outbox_->accept(refused, now_s));
    must(outbox_->accept(event("e", {"t", "u"}), now_s));
    EXPECT_EQ(outbox_->history(std::nullopt, 10)->size(), 3U);
    EXPECT_EQ(outbox_->history(std::nullopt, 10)->back().note, "not allowed");
    EXPECT_TRUE(outbox_->history(std::nullopt, 10)->back().refused);
    EXPECT_EQ(outbox_->history("u", 10)->size(), 1U);
    const auto is_refused = [](const StoredDelivery& delivery) { return delivery.refused; };
    EXPECT_EQ(outbox_->history(std::nullopt, 1, is_refused)->size(), 1U) << "cut after the choice";
}

TEST_F(OutboxTest, AUserOtherThanRootMayHaveAHundredWaiting) {
    for (int i = 0; i < max_waiting_events; ++i)
        must(outbox_->accept(event("e" + std::to_string(i), {"t", "u"}, 1000), now_s));
    auto more = outbox_->accept(event("more", {"t"}, 1000), now_s);
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().code(), Code::busy);
    EXPECT_TRUE(outbox_->accept(event("others", {"t"}, 1001), now_s));
    EXPECT_TRUE(outbox_->accept(event("roots", {"t"}, 0), now_s));
}

TEST_F(OutboxTest, PackagesAreRememberedOfEachHost) {
    Acceptance acceptance = event("e", {"t"});
    acceptance.event.fields = {{"hostname", "h"}};
    acceptance.reported_packages = {{"a", "1"}, {"b", "2"}};
    must(outbox_->accept(acceptance, now_s));
    EXPECT_TRUE(*outbox_->were_reported("h", {{"b", "2"}}));
    EXPECT_FALSE(*outbox_->were_reported("h", {{"a", "1"}, {"b", "3"}}));
    EXPECT_FALSE(*outbox_->were_reported("other", {{"b", "2"}}));
}

TEST_F(OutboxTest, GoodSectionsAreReplacedAsAWhole) {
    must(outbox_->keep_good_sections("f", {{"a", {"text", "secret"}}, {"b", {"t", ""}}}));
    must(outbox_->keep_good_sections("g", {{"a", {"other", ""}}}));
    must(outbox_->keep_good_sections("f", {{"a", {"text 2", "secret"}}}));
    open();
    const std::map<std::string, StoredSection> expected = {{"a", {"text 2", "secret"}}};
    EXPECT_EQ(*outbox_->good_sections("f"), expected);
    EXPECT_EQ(outbox_->good_sections("g")->size(), 1U);
}

TEST_F(OutboxTest, AnotherProcessesDatabaseIsNotTakenForDamaged) {
    auto second = Outbox::open(directory_.path(), now_s);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), Code::busy);
}

TEST_F(OutboxTest, AnyDamagedPageIsNoticedOrHarmless) {
    for (int i = 0; i < 50; ++i)
        must(outbox_->accept(event("e" + std::to_string(i), {"t", "u"}), now_s));
    outbox_.reset();
    const std::string path = directory_.path() + "/outbox.db";
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path));
    std::string whole(static_cast<std::size_t>(size), '\0');
    std::ifstream(path, std::ios::binary).read(whole.data(), size);
    int set_aside = 0;
    for (std::streamoff at = 0; at < size; at += 1013) {
        std::string damaged = whole;
        damaged[static_cast<std::size_t>(at)] =
            static_cast<char>(~damaged[static_cast<std::size_t>(at)]);
        std::ofstream(path, std::ios::binary).write(damaged.data(), size);
        open();
        ASSERT_TRUE(outbox_) << at;
        // Whatever it says now, it says it without falling over.
        static_cast<void>(outbox_->first_due("t", now_s));
        static_cast<void>(outbox_->history(std::nullopt, 1000));
        EXPECT_TRUE(outbox_->accept(event("fresh", {"t"}), now_s));
        set_aside += diagnosis_ ? 1 : 0;
        outbox_.reset();
        std::filesystem::remove(path + "-wal");
    }
    EXPECT_GT(set_aside, 3);
}

TEST_F(OutboxTest, ATargetThatIsDownFailsForAllThatWait) {
    for (const char* id : {"a", "b", "c"})
        must(outbox_->accept(event(id, {"t"}), now_s));
    must(outbox_->accept(event("other", {"u"}), now_s));
    const StoredDelivery a = first("t");
    must(outbox_->record_retry(a, "down", now_s, now_s + 30));
    must(outbox_->record_target_down("t", {a.id}, true, "down", now_s, now_s + 40));
    EXPECT_EQ(*outbox_->next_due_s("t"), now_s + 40);
    EXPECT_EQ(first("t").attempts, 1);
    EXPECT_EQ((*outbox_->first_owed("t", a.id))->attempts, 1);
    EXPECT_EQ(first("u").attempts, 0);
    must(outbox_->record_target_down("t", {}, false, "down", now_s, now_s + 50));
    EXPECT_EQ(first("t").attempts, 1) << "it was not its time";
    std::size_t given_up = 0;
    for (int round = 0; given_up == 0 && round < 100; ++round)
        given_up = outbox_->record_target_down("t", {}, true, "down", now_s, now_s)->size();
    EXPECT_EQ(given_up, 3U);
    EXPECT_EQ(outbox_->of_event("c")->front().plan.state, DeliveryState::dead);
    EXPECT_EQ(outbox_->health()->at("t").given_up, 3);
}

TEST_F(OutboxTest, ADigestTakesThePlaceOfWhatItTellsInOneStep) {
    for (const char* id : {"a", "b"})
        must(outbox_->accept(event(id, {"t"}), now_s));
    for (int i = 0; i < 2; ++i)
        must(outbox_->hold(first("t"), "quiet hours", now_s + 60, now_s));
    EXPECT_THAT(due_ids(now_s), testing::IsEmpty());
    EXPECT_THAT(*outbox_->held_targets(), testing::ElementsAre("t"));
    EXPECT_EQ(*outbox_->next_release_s(), now_s + 60);
    const auto held = outbox_->held("t", 10);
    ASSERT_EQ(held->size(), 2U);
    EXPECT_EQ(outbox_->event("a")->body, "body");
    ASSERT_TRUE(*outbox_->gather(event("digest", {"t"}), *held, now_s));
    open();
    EXPECT_THAT(due_ids(now_s), testing::ElementsAre("digest/t"));
    EXPECT_EQ(outbox_->of_event("b")->front().plan.state, DeliveryState::gathered);
    EXPECT_EQ(outbox_->of_event("b")->front().digest, "digest");
    EXPECT_EQ(outbox_->event("a")->body, "body") << "for another digest";
    // Once more, as if the answer had been lost.
    EXPECT_FALSE(*outbox_->gather(event("again", {"t"}), *held, now_s));
    EXPECT_TRUE(outbox_->of_event("again")->empty()) << "all or nothing";
    EXPECT_FALSE(*outbox_->is_settled("a")) << "its digest is not delivered yet";
    must(outbox_->record_delivered(first("t"), "", now_s));
    EXPECT_TRUE(*outbox_->is_settled("a"));
    EXPECT_EQ(outbox_->event("a")->body, "");
}

TEST_F(OutboxTest, ADigestThatIsTakenBackLeavesWhatItToldHeld) {
    for (const char* id : {"a", "b"}) {
        must(outbox_->accept(event(id, {"t"}), now_s));
        must(outbox_->hold(first("t"), "quiet hours", now_s, now_s));
    }
    ASSERT_TRUE(*outbox_->gather(event("digest", {"t"}), *outbox_->held("t", 10), now_s));
    const StoredDelivery digest = first("t");
    must(outbox_->remove_old(now_s + 2 * history_s));
    EXPECT_EQ(outbox_->told_by("digest")->size(), 2U);
    must(outbox_->take_back(digest, "quiet again", now_s + 60, now_s));
    EXPECT_THAT(due_ids(now_s + 60), testing::IsEmpty());
    EXPECT_EQ(outbox_->of_event("digest")->front().plan.state, DeliveryState::skipped);
    EXPECT_TRUE(outbox_->told_by("digest")->empty());
    ASSERT_EQ(outbox_->held("t", 10)->size(), 2U);
    EXPECT_EQ(outbox_->held("t", 10)->front().plan.reason, "quiet again");
    EXPECT_EQ(outbox_->event("a")->body, "body");
    ASSERT_TRUE(*outbox_->gather(event("another", {"t"}), *outbox_->held("t", 10), now_s));
    must(outbox_->take_back(digest, "late", now_s, now_s));
    EXPECT_EQ(outbox_->told_by("another")->size(), 2U) << "that one was taken back before";
}

TEST_F(OutboxTest, WhatAnotherNodeDidIsNotOwedInADigestEither) {
    must(outbox_->accept(event("a", {"t"}), now_s));
    must(outbox_->hold(first("t"), "quiet hours", now_s, now_s));
    ASSERT_TRUE(*outbox_->gather(event("digest", {"t"}), *outbox_->held("t", 10), now_s));
    NewDelivery done = event("a", {"t"}).deliveries[0];
    done.state = DeliveryState::delivered;
    done.node = "n2";
    must(outbox_->record_elsewhere("a", {done}, now_s));
    EXPECT_EQ(outbox_->told_by("digest")->front().plan.state, DeliveryState::delivered);
    must(outbox_->take_back(first("t"), "n2 told it", now_s, now_s));
    EXPECT_TRUE(outbox_->held("t", 10)->empty());
    EXPECT_EQ(outbox_->of_event("a")->front().plan.node, "n2");
}

TEST_F(OutboxTest, WhatIsOfferedToTheClusterIsNotSentBeforeItIsClaimed) {
    Acceptance offered = event("e", {});
    offered.cluster = ClusterState::offered;
    must(outbox_->accept(offered, now_s));
    EXPECT_EQ(outbox_->event("e")->body, "body");
    EXPECT_TRUE(outbox_->event("e")->cluster);
    const auto deliveries = event("e", {"t", "u"}).deliveries;
    NewDelivery done = deliveries[0];
    done.state = DeliveryState::delivered;
    done.node = "n2";
    must(outbox_->record_elsewhere("e", {done}, now_s));
    must(outbox_->adopt("e", ClusterState::held, "", deliveries, {}, now_s));
    EXPECT_THAT(due_ids(now_s), testing::ElementsAre("e/u"));
    must(outbox_->set_cluster_state("e", ClusterState::offered));
    EXPECT_THAT(due_ids(now_s), testing::IsEmpty()) << "the claim was lost";
    EXPECT_EQ(*outbox_->next_due_s("u"), std::nullopt);
    must(outbox_->adopt("e", ClusterState::held, "", deliveries, {}, now_s));
    EXPECT_THAT(due_ids(now_s), testing::ElementsAre("e/u"));
    must(outbox_->record_delivered(first("u"), "", now_s));
    EXPECT_TRUE(*outbox_->is_settled("e"));
    EXPECT_EQ(outbox_->open_cluster_events()->size(), 1U);
    must(outbox_->set_cluster_state("e", ClusterState::settled));
    EXPECT_TRUE(outbox_->open_cluster_events()->empty());
    EXPECT_EQ(outbox_->event("e")->body, "");
}

TEST_F(OutboxTest, WhatAnotherNodeMayDeliverIsNotTriedAgainHere) {
    must(outbox_->accept(event("e", {"t"}), now_s));
    const StoredDelivery delivery = first("t");
    must(outbox_->record_given_up(delivery, "no", DeliveryState::failed, now_s));
    must(outbox_->set_cluster_state("e", ClusterState::offered));
    auto again = outbox_->retry(delivery.id, now_s);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code(), Code::busy);
    EXPECT_EQ(outbox_->readdress(delivery.id, "f", "a", {"x@y"}).error().code(), Code::busy);
    EXPECT_EQ(outbox_->delivery(delivery.id)->plan.recipients, delivery.plan.recipients);
    must(outbox_->set_cluster_state("e", ClusterState::settled));
    must(outbox_->readdress(delivery.id, "f", "a", {"x@y"}));
    must(outbox_->retry(delivery.id, now_s));
}

TEST_F(OutboxTest, RatesAndCountsAreOfThisNode) {
    for (const char* id : {"a", "b", "c"})
        must(outbox_->accept(event(id, {"t"}), now_s));
    must(outbox_->record_delivered(first("t"), "", now_s));
    must(outbox_->record_given_up(first("t"), "no", DeliveryState::failed, now_s));
    EXPECT_EQ(*outbox_->delivered_since("t", now_s - 1), 1);
    EXPECT_EQ(*outbox_->delivered_since("t", now_s), 0);
    const TargetHealth health = outbox_->health()->at("t");
    EXPECT_EQ(health.delivered, 1);
    EXPECT_EQ(health.given_up, 1);
    EXPECT_EQ(outbox_->counts()->size(), 2U);
}

TEST_F(OutboxTest, AnOutboxOfTheFirstSchemaGoesOn) {
    outbox_.reset();
    const TemporaryDirectory old;
    {
        auto database = Database::open(old.path() + "/outbox.db");
        must(database);
        must(database->execute(outbox_v1));
    }
    auto opened = Outbox::open(old.path(), now_s);
    ASSERT_TRUE(opened) << opened.error().message();
    ASSERT_FALSE(opened->diagnosis) << *opened->diagnosis;
    outbox_ = std::move(opened->outbox);
    const auto rows = outbox_->of_event("first");
    ASSERT_EQ(rows->size(), 3U);
    EXPECT_EQ(rows->at(0).plan.state, DeliveryState::delivered);
    EXPECT_EQ(rows->at(1).plan.state, DeliveryState::queued);
    EXPECT_EQ(rows->at(2).plan.state, DeliveryState::skipped);
    EXPECT_EQ(rows->at(1).cluster, ClusterState::none);
    EXPECT_EQ(outbox_->event("first")->body, "the body");
    EXPECT_EQ(first("down").attempts, 1);
    must(outbox_->record_delivered(first("down"), "", now_s));
    EXPECT_EQ(outbox_->health()->at("down").delivered, 1);
    EXPECT_EQ(outbox_->good_sections("notifications.cfg")->size(), 5U);
}

TEST_F(OutboxTest, WatchesAreKept) {
    const std::map<std::string, StoredWatch> watches = {{"a", {1, 2, std::nullopt}},
                                                        {"b", {3, std::nullopt, 4}}};
    must(outbox_->keep_watches(watches));
    open();
    EXPECT_EQ(*outbox_->watches(), watches);
}

// The first event is there, and the disk is what the VFS makes of it.
class OutboxOnABadDisk : public testing::Test {
  protected:
    Result<Outbox::Opened> open() {
        outbox_.reset();
        return Outbox::open(directory_.path(), now_s);
    }
    void SetUp() override {
        auto opened = open();
        ASSERT_TRUE(opened) << opened.error().message();
        outbox_ = std::move(opened->outbox);
    }
    // The connection writes once more when it is closed.
    void TearDown() override { vfs_.refuse_writes(0); }

    RefusingVfs vfs_;
    TemporaryDirectory directory_;
    std::unique_ptr<Outbox> outbox_;
};

TEST_F(OutboxOnABadDisk, IsNotOpenedWhereNothingCanBeWritten) {
    outbox_.reset();
    for (const int error_number : {EIO, EROFS}) {
        vfs_.refuse_writes(error_number);
        auto opened = open();
        ASSERT_FALSE(opened) << error_number;
        EXPECT_EQ(opened.error().code(), Code::io_error);
        EXPECT_THAT(opened.error().message(),
                    testing::HasSubstr(std::generic_category().message(error_number)));
        vfs_.refuse_writes(0);
    }
    EXPECT_TRUE(open());
}

TEST_F(OutboxOnABadDisk, AFullDiskIsNotInTheWayOfAStart) {
    outbox_.reset();
    for (const int error_number : {ENOSPC, EDQUOT}) {
        vfs_.refuse_writes(error_number);
        auto opened = open();
        ASSERT_TRUE(opened) << opened.error().message();
        auto proven = opened->outbox->prove_writable();
        ASSERT_FALSE(proven);
        EXPECT_EQ(proven.error().code(), Code::no_space);
        EXPECT_FALSE(is_broken(proven.error()));
        vfs_.refuse_writes(0);
        EXPECT_TRUE(opened->outbox->prove_writable());
    }
}

TEST(Backoff, ThirtySecondsDoublingToAnHourFor24Hours) {
    std::int64_t total = 0;
    std::int64_t failures = 1;
    for (std::int64_t nominal = 30;; ++failures) {
        const auto low = retry_delay_s(failures, 0);
        if (!low) break;
        const auto high = retry_delay_s(failures, static_cast<std::uint32_t>(nominal * 2 / 5));
        EXPECT_EQ(*low, nominal - nominal / 5);
        EXPECT_EQ(*high, nominal + nominal / 5) << "jitter both ways";
        total += nominal;
        nominal = std::min<std::int64_t>(nominal * 2, 3600);
        ASSERT_LT(failures, 100);
    }
    EXPECT_GE(total, 24 * 3600);
    EXPECT_LT(total, 25 * 3600);
}

}  // namespace
}  // namespace pmx::notifier
