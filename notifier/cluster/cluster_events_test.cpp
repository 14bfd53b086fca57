#include "notifier/cluster/cluster_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "notifier/render/digest.h"
#include "tests/support/temporary_directory.h"

namespace pmx::notifier {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t lock_lifetime_s = 120;

class ManualClock final : public Clock {
  public:
    [[nodiscard]] WallTime wall() const override { return WallTime(std::chrono::seconds(now_s)); }
    [[nodiscard]] MonotonicTime monotonic() const override {
        return MonotonicTime(std::chrono::seconds(now_s));
    }
    std::int64_t now_s = 1'700'000'000;
};

// The store as all nodes see it.
struct Store {
    struct File {
        std::string text;
        std::int64_t changed_s = 0;
    };
    struct Lock {
        std::string node;
        std::int64_t renewed_s = 0;
    };
    std::map<std::string, File> files;
    std::map<std::string, Lock> locks;
};

// The node dies: nothing that it would do after this happens.
struct Killed {};

// Counts down to the death of a node, one call after the other.
class Life {
  public:
    static constexpr int unending = 1'000'000;
    int left = unending;
    void pass() {
        if (left-- <= 0) throw Killed();
    }
};

class Share final : public SharedDirectory {
  public:
    Share(Store& store, ManualClock& clock, std::string node, Life& life)
        : store_(store), clock_(clock), node_(std::move(node)), life_(life) {}

    Members members() override {
        Members members;
        members.quorum = quorum;
        members.self = node_;
        return members;
    }
    Result<std::vector<SharedFile>> list() override {
        std::vector<SharedFile> files;
        for (const auto& [name, file] : store_.files)
            files.push_back({name, file.changed_s});
        return files;
    }
    Result<std::string> read(const std::string& name) override {
        const auto file = store_.files.find(name);
        if (file == store_.files.end()) return fail(Code::not_found, name);
        return file->second.text;
    }
    Result<void> write(const std::string& name, std::string_view text) override {
        return change([&] { store_.files[name] = {std::string(text), clock_.now_s}; });
    }
    Result<void> create(const std::string& name) override { return write(name, ""); }
    Result<void> remove(const std::string& name) override {
        return change([&] { store_.files.erase(name); });
    }
    Claim take(const std::string& name) override {
        Claim claim = Claim::unknown;
        static_cast<void>(change([&] {
            const auto held = store_.locks.find(name);
            const bool is_free = held == store_.locks.end() || held->second.node == node_ ||
                                 held->second.renewed_s + lock_lifetime_s <= clock_.now_s;
            claim = is_free ? Claim::ours : Claim::anothers;
            if (is_free) store_.locks[name] = {node_, clock_.now_s};
        }));
        return claim;
    }
    Claim renew(const std::string& name) override {
        Claim claim = Claim::unknown;
        static_cast<void>(change([&] {
            const auto held = store_.locks.find(name);
            const bool is_ours = held != store_.locks.end() && held->second.node == node_;
            claim = is_ours ? Claim::ours : Claim::anothers;
            if (is_ours) held->second.renewed_s = clock_.now_s;
        }));
        return claim;
    }
    void let_go(const std::string& name) override {
        static_cast<void>(change([&] { store_.locks.erase(name); }));
    }
    void free_expired(const std::set<std::string>&) override {}

    Quorum quorum = Quorum::there;

  private:
    // A node may die before the change and after it.
    template <typename Change>
    Result<void> change(Change make) {
        life_.pass();
        if (quorum != Quorum::there) return fail(Code::read_only, "no quorum");
        make();
        life_.pass();
        return {};
    }
    Store& store_;
    ManualClock& clock_;
    const std::string node_;
    Life& life_;
};

class Node {
  public:
    Node(Store& store, ManualClock& clock, const std::string& name, std::vector<std::string>& taken)
        : clock_(clock), name_(name), share_(store, clock, name, life_), taken_(taken) {
        start();
    }

    // Whatever it was doing is gone; its disk is not.
    void start() {
        events_.reset();
        outbox_.reset();
        life_.left = Life::unending;
        outbox_ = std::move(Outbox::open(directory_.path(), clock_.now_s)->outbox);
        events_ = std::make_unique<ClusterEvents>(
            share_, *outbox_, clock_, name_,
            ClusterEvents::Ports{
                .plan =
                    [](const SharedEvent&) {
                        ClusterEvents::Planned planned;
                        for (const char* target : {"mail", "phone"}) {
                            NewDelivery delivery;
                            delivery.target = target;
                            delivery.kind = DeliveryKind::mail;
                            delivery.recipients = {"a@x", "b@x", "c@x"};
                            planned.deliveries.push_back(delivery);
                        }
                        return planned;
                    },
                .on_queued = [](const std::vector<std::string>&) {},
                .on_progress = [] {},
                .on_work = [] {},
                .on_broken = [](const Error& error) { ADD_FAILURE() << error.message(); }});
    }

    void send(const std::string& id) {
        Acceptance acceptance;
        acceptance.event.id = id;
        acceptance.event.type = "x";
        acceptance.event.title = "title";
        acceptance.caller = "root@pam";
        acceptance.cluster = ClusterState::offered;
        ASSERT_TRUE(*outbox_->accept(acceptance, clock_.now_s));
        life_.pass();
        events_->offer(id);
    }

    // One round of what its threads do.
    void run() {
        events_->look(share_.members());
        deliver();
        events_->look(share_.members());
    }

    void deliver() {
        const auto targets = outbox_->owed_targets();
        for (const std::string& target : *targets) {
            while (auto due = *outbox_->first_due(target, clock_.now_s)) {
                if (!events_->may_send(*due)) break;
                life_.pass();
                // The mail system takes it; who dies from here on may not have told anybody.
                taken_.push_back(due->event_id + "/" + target);
                is_telling = true;
                life_.pass();
                ASSERT_TRUE(outbox_->record_delivered(*due, "", clock_.now_s));
                life_.pass();
                events_->recorded(*due);
                is_telling = false;
            }
        }
    }

    Outbox& outbox() { return *outbox_; }
    ClusterEvents& events() { return *events_; }
    Life& life() { return life_; }
    Share& share() { return share_; }
    bool is_telling = false;  // took, and has not written so yet

  private:
    ManualClock& clock_;
    const std::string name_;
    TemporaryDirectory directory_;
    Life life_;
    Share share_;
    std::vector<std::string>& taken_;
    std::unique_ptr<Outbox> outbox_;
    std::unique_ptr<ClusterEvents> events_;
};

class ClusterEventsTest : public testing::Test {
  protected:
    Node& add() {
        nodes_.push_back(std::make_unique<Node>(store_, clock_,
                                                "n" + std::to_string(nodes_.size() + 1), taken_));
        return *nodes_.back();
    }
    // Everybody who lives, until nothing more is to be expected.
    void run_all(std::size_t from) {
        for (int round = 0; round < 4; ++round) {
            clock_.now_s += lock_lifetime_s;
            for (std::size_t i = from; i < nodes_.size(); ++i)
                nodes_[i]->run();
        }
    }
    std::int64_t times(const std::string& what) const {
        return std::count(taken_.begin(), taken_.end(), what);
    }

    ManualClock clock_;
    Store store_;
    std::vector<std::string> taken_;
    std::vector<std::unique_ptr<Node>> nodes_;
};

TEST_F(ClusterEventsTest, TheSameEventOnThreeNodesIsDeliveredOnce) {
    for (int i = 0; i < 3; ++i)
        add().send("e");
    for (const auto& node : nodes_)
        node->run();
    for (const auto& node : nodes_)
        node->run();
    EXPECT_THAT(taken_, ElementsAre("e/mail", "e/phone"));
    for (const auto& node : nodes_) {
        EXPECT_EQ(**node->outbox().cluster_state("e"), ClusterState::settled);
        ASSERT_EQ(node->outbox().of_event("e")->size(), 2U);
        EXPECT_EQ(node->outbox().of_event("e")->front().plan.state, DeliveryState::delivered);
    }
    EXPECT_EQ(nodes_[2]->outbox().of_event("e")->front().plan.node, "n1") << "who did it";
    EXPECT_THAT(store_.locks, IsEmpty());
    EXPECT_EQ(store_.files.count("e.json"), 0U);
    // Sent again by one that comes late.
    add().send("e");
    nodes_.back()->run();
    EXPECT_EQ(taken_.size(), 2U);
}

// Dies at its n-th step, for good: the others do the rest.
TEST_F(ClusterEventsTest, NothingIsLostWhereverTheSenderDies) {
    add();
    add();
    int twice = 0;
    int deaths = 0;
    for (bool died = true; died; ++deaths) {
        const std::string id = "e" + std::to_string(deaths);
        auto victim = std::make_unique<Node>(store_, clock_, "victim" + id, taken_);
        victim->life().left = deaths;
        died = false;
        try {
            victim->send(id);
            victim->run();
        } catch (const Killed&) {
            died = true;
        }
        const bool is_offered =
            store_.files.contains(id + ".json") || store_.files.contains(id + ".done");
        if (!is_offered) {
            victim->start();  // nobody else can know of it
            victim->run();
        }
        run_all(0);
        for (const char* target : {"/mail", "/phone"}) {
            EXPECT_GE(times(id + target), 1) << "lost after step " << deaths;
            EXPECT_LE(times(id + target), 2);
            twice += times(id + target) == 2 ? 1 : 0;
            EXPECT_TRUE(times(id + target) == 1 || victim->is_telling) << "step " << deaths;
        }
        EXPECT_TRUE(store_.files.contains(id + ".done"));
        EXPECT_FALSE(store_.files.contains(id + ".json"));
        ASSERT_LT(deaths, 200);
    }
    EXPECT_GT(deaths, 20);
    EXPECT_GT(twice, 0) << "the instant that cannot be helped was tried too";
}

TEST_F(ClusterEventsTest, ASenderThatComesBackSendsNothingThatIsRecorded) {
    add();
    add();
    for (int step = 0; step < 40; ++step) {
        const std::string id = "e" + std::to_string(step);
        Node& victim = *nodes_[0];
        victim.life().left = step;
        victim.is_telling = false;
        bool is_excused = false;
        try {
            victim.send(id);
            victim.run();
        } catch (const Killed&) {
            is_excused = victim.is_telling;
            victim.start();
        }
        run_all(0);
        for (const char* target : {"/mail", "/phone"}) {
            EXPECT_GE(times(id + target), 1) << step;
            EXPECT_TRUE(times(id + target) == 1 || is_excused) << step;
        }
    }
}

// The server took it for one and put the others off; then the node died, for good.
TEST_F(ClusterEventsTest, WhoHasTheMailFromANodeThatDiedGetsNoOther) {
    Node& victim = add();
    victim.send("e");
    const StoredDelivery mail = **victim.outbox().first_owed("mail");
    ASSERT_TRUE(victim.outbox().keep_recipients(mail, {"b@x", "c@x"}));
    victim.events().recorded(victim.outbox().of_event("e")->front());
    clock_.now_s += lock_lifetime_s;
    Node& successor = add();
    successor.events().look(successor.share().members());
    StoredDelivery taken = **successor.outbox().first_owed("mail");
    EXPECT_THAT(taken.plan.recipients, ElementsAre("b@x", "c@x"));
    EXPECT_THAT(taken.reached, ElementsAre("a@x"));
    EXPECT_EQ((*successor.outbox().first_owed("phone"))->plan.recipients.size(), 3U);
    // It reaches another one and dies as well; who was first comes back and knows of both.
    ASSERT_TRUE(successor.outbox().keep_recipients(taken, {"c@x"}));
    successor.events().recorded(successor.outbox().of_event("e")->front());
    clock_.now_s += lock_lifetime_s;
    victim.start();
    victim.events().look(victim.share().members());
    victim.events().look(victim.share().members());
    taken = **victim.outbox().first_owed("mail");
    EXPECT_THAT(taken.plan.recipients, ElementsAre("c@x"));
    EXPECT_THAT(taken.reached, ElementsAre("a@x", "b@x"));
}

// All have it, and the node died before it could say that this was all.
TEST_F(ClusterEventsTest, AMailThatAllHaveIsDelivered) {
    add().send("e");
    store_.files["e.done"].text = R"({"settled": false, "deliveries": [],
        "reached": {"mail": ["c@x", "a@x", "b@x", "else@x"], "gone": ["a@x"], "odd": 3}})";
    clock_.now_s += lock_lifetime_s;
    Node& successor = add();
    successor.run();
    EXPECT_THAT(taken_, ElementsAre("e/phone"));
    EXPECT_EQ(successor.outbox().of_event("e")->front().plan.state, DeliveryState::delivered);
    EXPECT_TRUE(*successor.outbox().is_settled("e"));
}

TEST_F(ClusterEventsTest, AHolderThatSleptLooksAgain) {
    Node& sleeper = add();
    sleeper.send("e");
    EXPECT_EQ(**sleeper.outbox().cluster_state("e"), ClusterState::held);
    clock_.now_s += lock_lifetime_s;
    add().run();
    EXPECT_EQ(taken_.size(), 2U);
    sleeper.deliver();
    EXPECT_EQ(taken_.size(), 2U) << "the first thing that it does is to send";
    sleeper.run();
    sleeper.run();
    EXPECT_EQ(taken_.size(), 2U);
    EXPECT_EQ(sleeper.outbox().of_event("e")->front().plan.node, "n2");
}

TEST_F(ClusterEventsTest, AResultThatCameBeforeTheAttemptStands) {
    Node& sleeper = add();
    sleeper.send("e");
    const StoredDelivery chosen = **sleeper.outbox().first_owed("mail");
    clock_.now_s += lock_lifetime_s;
    add().run();
    sleeper.events().look(sleeper.share().members());
    sleeper.events().look(sleeper.share().members());
    ASSERT_EQ(**sleeper.outbox().cluster_state("e"), ClusterState::settled);
    EXPECT_FALSE(sleeper.events().may_send(chosen)) << "the worker chose it before the look";
    EXPECT_EQ(**sleeper.outbox().cluster_state("e"), ClusterState::settled);
}

TEST_F(ClusterEventsTest, WithoutQuorumAnEventIsLocal) {
    Node& node = add();
    node.share().quorum = Quorum::missing;
    node.send("e");
    node.run();
    EXPECT_THAT(taken_, ElementsAre("e/mail", "e/phone"));
    EXPECT_EQ(**node.outbox().cluster_state("e"), ClusterState::alone);
}

TEST_F(ClusterEventsTest, WhatOthersMayKnowIsLeftToThemForAWhile) {
    Node& node = add();
    node.send("e");
    node.share().quorum = Quorum::missing;
    node.run();
    EXPECT_THAT(taken_, IsEmpty()) << "a majority may hold the claim by now";
    clock_.now_s += patience_without_quorum_s + 10;
    node.run();
    node.run();
    EXPECT_THAT(taken_, ElementsAre("e/mail", "e/phone")) << "silence is worse than twice";
    // Back: what was done is told, and nobody does it again.
    node.share().quorum = Quorum::there;
    add();
    run_all(0);
    EXPECT_EQ(taken_.size(), 2U);
    EXPECT_TRUE(store_.files.contains("e.done"));
}

TEST_F(ClusterEventsTest, TooManyOpenEventsAreDeliveredByWhoAcceptedThem) {
    for (std::size_t i = 0; i < max_open; ++i)
        store_.files["other" + std::to_string(i) + ".json"] = {"", clock_.now_s};
    Node& node = add();
    node.send("e");
    node.run();
    EXPECT_THAT(taken_, ElementsAre("e/mail", "e/phone"));
    EXPECT_FALSE(store_.files.contains("e.json"));
}

TEST_F(ClusterEventsTest, WhatIsSettledIsForgottenInTime) {
    Node& node = add();
    node.send("e");
    node.run();
    EXPECT_TRUE(store_.files.contains("e.done"));
    clock_.now_s += settled_remembered_s + 1;
    node.run();
    EXPECT_FALSE(store_.files.contains("e.done"));
}

TEST_F(ClusterEventsTest, FilesOfOthersThatMakeNoSenseHurtNobody) {
    store_.files["junk.json"] = {"{\"event\": 3}", 0};
    store_.files["more.json"] = {std::string(1000, '['), 0};
    store_.files["odd.done"] = {"[]", 0};
    store_.files["odd.json"] = {"", 0};
    Node& node = add();
    node.send("e");
    node.run();
    EXPECT_THAT(taken_, ElementsAre("e/mail", "e/phone"));
}

// Nodes die, sleep and lose quorum at random; in the end all are well.
TEST_F(ClusterEventsTest, RandomTroubleLosesNothing) {
    const auto seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto chance = [&](unsigned in) { return random() % in == 0; };
    for (int i = 0; i < 3; ++i)
        add();
    int events = 0;
    int excused = 0;
    for (int step = 0; step < 300; ++step) {
        Node& node = *nodes_[random() % nodes_.size()];
        node.life().left = chance(3) ? static_cast<int>(random() % 30) : Life::unending;
        clock_.now_s += chance(8) ? 150 : static_cast<int>(random() % 20);
        try {
            if (chance(4)) node.send("e" + std::to_string(events++));
            node.run();
        } catch (const Killed&) {
            excused += node.is_telling ? 1 : 0;
            node.is_telling = false;
            node.start();
        }
    }
    for (const auto& node : nodes_)
        node->life().left = Life::unending;
    run_all(0);
    int repeated = 0;
    for (int i = 0; i < events; ++i) {
        for (const char* target : {"/mail", "/phone"}) {
            const auto count = times("e" + std::to_string(i) + target);
            EXPECT_GE(count, 1) << i;
            repeated += static_cast<int>(count) - 1;
        }
    }
    EXPECT_LE(repeated, excused);
}

// Held for a target and gathered, while another node took the event over and told of it.
TEST_F(ClusterEventsTest, ADigestDoesNotTellAgainWhatAnotherNodeTold) {
    Node& slow = add();
    Node& quick = add();
    slow.send("e");
    Outbox& outbox = slow.outbox();
    Acceptance digest;
    digest.event.id = "digest";
    digest.event.type = digest_type;
    for (const char* target : {"mail", "phone"}) {
        const auto owed = *outbox.first_owed(target);
        ASSERT_TRUE(owed);
        ASSERT_TRUE(outbox.hold(*owed, "quiet hours", clock_.now_s, clock_.now_s));
    }
    digest.deliveries = {outbox.held("mail", 1)->front().plan};
    digest.deliveries.front().state = DeliveryState::queued;
    ASSERT_TRUE(*outbox.gather(digest, *outbox.held("mail", 10), clock_.now_s));
    clock_.now_s += lock_lifetime_s;
    quick.run();
    EXPECT_THAT(taken_, ElementsAre("e/mail", "e/phone"));
    slow.deliver();
    EXPECT_EQ(taken_.size(), 2U) << "it looks at the claim before it tells";
    EXPECT_EQ(outbox.of_event("digest")->front().plan.state, DeliveryState::skipped);
    slow.run();
    const auto rows = outbox.of_event("e");
    for (const StoredDelivery& row : *rows) {
        EXPECT_EQ(row.plan.state, DeliveryState::delivered);
        EXPECT_EQ(row.plan.node, "n2");
    }
    EXPECT_EQ(taken_.size(), 2U);
}

TEST_F(ClusterEventsTest, WhatIsSettledCanBeTriedAgainByHand) {
    Node& node = add();
    StoredDelivery delivery;
    delivery.cluster = ClusterState::settled;
    EXPECT_TRUE(node.events().may_send(delivery));
    delivery.cluster = ClusterState::offered;
    EXPECT_FALSE(node.events().may_send(delivery));
}

}  // namespace
}  // namespace pmx::notifier
