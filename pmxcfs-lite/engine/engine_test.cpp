#include "engine/engine.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <atomic>
#include <future>
#include <thread>

#include "base/random.h"
#include "local/local_channel.h"
#include "tests/support/memory_disk.h"
#include "wire/draft.h"
#include "wire/message.h"

namespace pmx::engine {
namespace {

using support::MemoryDisk;
using support::MemoryPlatter;
using Patience = ports::Store::Patience;

using std::chrono::milliseconds;
using std::chrono::seconds;

tree::Op write_file_op(const std::string& path, const std::string& text) {
    tree::WriteFile op;
    op.at.path = path;
    op.create = true;
    op.edits = {{tree::Edit::Kind::truncate, 0, {}}, {tree::Edit::Kind::write, 0, text}};
    return op;
}

// Another node leads, and says what the test gives it to say.
class LeaderOnNode2 final : public ports::GroupChannel {
  public:
    explicit LeaderOnNode2(std::vector<wire::Message> messages)
        : wakeup_(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)), messages_(std::move(messages)) {}
    [[nodiscard]] int event_fd() const override { return wakeup_.get(); }
    Result<void> dispatch(ports::GroupEvents& events) override {
        const auto messages = std::exchange(messages_, {});
        if (messages.empty()) return {};
        const std::vector<NodeId> both{NodeId(1), NodeId(2)};
        events.configuration_changed({.members = both, .nodes = both, .quorate = true});
        for (const wire::Message& message : messages)
            events.delivered(NodeId(2), wire::encode(message));
        return {};
    }
    Result<void> multicast(std::string_view /*message*/) override { return {}; }
    Result<void> force_quorum() override { return {}; }

  private:
    UniqueFd wakeup_;
    std::vector<wire::Message> messages_;
};

// Readable at any time, and never of use.
class BrokenChannel final : public ports::GroupChannel {
  public:
    explicit BrokenChannel(std::atomic<int>& rounds)
        : wakeup_(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)), rounds_(rounds) {}
    [[nodiscard]] int event_fd() const override { return wakeup_.get(); }
    Result<void> dispatch(ports::GroupEvents& /*events*/) override {
        ++rounds_;
        return fail(Code::io_error, "the channel is broken");
    }
    Result<void> multicast(std::string_view /*message*/) override { return {}; }
    Result<void> force_quorum() override { return {}; }

  private:
    UniqueFd wakeup_;
    std::atomic<int>& rounds_;
};

class EngineTest : public testing::Test {
  protected:
    EngineTest() {
        platter_.identity.node = NodeId(1);
        platter_.identity.node_name = "alpha";
        platter_.identity.disk = random_disk_id();
        platter_.base.voters = {{NodeId(1), platter_.identity.disk}};
    }

    void start(std::string read_only_reason = {}) {
        Options options;
        options.boot = random_boot();
        options.write_timeout = seconds(20);
        options.read_only_reason = std::move(read_only_reason);
        options.end = [](const std::string& why) { FAIL() << why; };
        auto engine = Engine::create(std::move(options), platter_.load(),
                                     std::make_unique<MemoryDisk>(platter_),
                                     local::LocalChannel::create(NodeId(1)).value(), clock_);
        ASSERT_TRUE(engine) << engine.error().message();
        engine_ = std::move(*engine);
        engine_->start();
    }

    void start_writable() {
        ASSERT_NO_FATAL_FAILURE(start());
        ASSERT_TRUE(engine_->wait_until_current(seconds(20)));
    }

    // From a copy of what the disk has before the clean end writes more.
    void start_as_after_a_crash(MemoryPlatter& crashed) {
        {
            const std::lock_guard lock(platter_.mutex);
            crashed.identity = platter_.identity;
            crashed.promise = platter_.promise;
            crashed.base = platter_.base;
            crashed.entries = platter_.entries;
            crashed.nodes = platter_.nodes;
            crashed.cluster_log = platter_.cluster_log;
        }
        engine_.reset();
        Options options;
        options.boot = random_boot();
        options.write_timeout = seconds(20);
        auto engine = Engine::create(std::move(options), crashed.load(),
                                     std::make_unique<MemoryDisk>(crashed),
                                     local::LocalChannel::create(NodeId(1)).value(), clock_);
        ASSERT_TRUE(engine) << engine.error().message();
        engine_ = std::move(*engine);
        engine_->start();
    }

    Code write(const std::string& path, const std::string& text) {
        return engine_->submit_and_wait(write_file_op(path, text), {}).result;
    }

    std::string content(const std::string& path) {
        const ports::TreeView tree = engine_->read();
        auto node = tree->resolve({tree::root_inode, path});
        return node ? *(*node)->content : "(missing)";
    }

    SystemClock clock_;
    MemoryPlatter platter_;
    std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, AnAcknowledgedSaveIsInTheTreeAndOnTheDisk) {
    start_writable();
    EXPECT_EQ(write("a.cfg", "one"), Code::ok);
    EXPECT_EQ(content("a.cfg"), "one");
    const std::lock_guard lock(platter_.mutex);
    ASSERT_FALSE(platter_.entries.empty());
    EXPECT_EQ(platter_.entries.rbegin()->second->kind, wire::EntryKind::change);
}

TEST_F(EngineTest, ARestartWithoutACleanEndReplaysTheLog) {
    start_writable();
    EXPECT_EQ(write("a.cfg", "one"), Code::ok);
    EXPECT_EQ(write("a.cfg", "two"), Code::ok);
    MemoryPlatter crashed;
    ASSERT_NO_FATAL_FAILURE(start_as_after_a_crash(crashed));
    EXPECT_TRUE(engine_->wait_until_current(seconds(20)));
    EXPECT_EQ(content("a.cfg"), "two");
    engine_.reset();
}

TEST_F(EngineTest, ADiskThatIsFullAtStartHidesNothingThatWasSaved) {
    start_writable();
    EXPECT_EQ(write("a.cfg", "one"), Code::ok);
    MemoryPlatter crashed;
    crashed.full = true;
    ASSERT_NO_FATAL_FAILURE(start_as_after_a_crash(crashed));
    EXPECT_FALSE(engine_->wait_until_current(milliseconds(100)));
    EXPECT_EQ(content("a.cfg"), "one");
    engine_.reset();
}

TEST_F(EngineTest, ACleanEndLeavesACheckpointOfAll) {
    start_writable();
    EXPECT_EQ(write("a.cfg", "one"), Code::ok);
    engine_.reset();
    EXPECT_EQ(platter_.base.index, platter_.entries.rbegin()->first);
    start_writable();
    EXPECT_EQ(content("a.cfg"), "one");
}

TEST_F(EngineTest, ACheckpointKeepsWhatAFileWithholds) {
    platter_.base.level = replica::highest_level;
    start_writable();
    EXPECT_EQ(write("a.cfg", "one"), Code::ok);
    const tree::SetPermissions op{{.path = "a.cfg"}, 0600, true};
    EXPECT_EQ(engine_->submit_and_wait(op, {}).result, Code::ok);
    engine_.reset();
    start_writable();
    const ports::TreeView tree = engine_->read();
    const auto node = tree->resolve({tree::root_inode, "a.cfg"});
    ASSERT_TRUE(node);
    EXPECT_EQ((*node)->withheld, (tree::Withheld{0040, true}));
}

TEST_F(EngineTest, ManySaversShareATransaction) {
    start_writable();
    platter_.set_held(true);
    std::vector<std::future<Code>> saves;
    for (int i = 0; i < 40; ++i) {
        auto done = std::make_shared<std::promise<Code>>();
        saves.push_back(done->get_future());
        engine_->submit(write_file_op("f" + std::to_string(i), "x"), {}, Patience::none,
                        [done](const ports::SubmitResult& r) { done->set_value(r.result); });
    }
    ASSERT_TRUE(engine_->responds(seconds(20)));
    platter_.set_held(false);
    for (auto& save : saves)
        EXPECT_EQ(save.get(), Code::ok);
    const std::lock_guard lock(platter_.mutex);
    EXPECT_GE(*std::max_element(platter_.appends.begin(), platter_.appends.end()), 10U);
}

TEST_F(EngineTest, AFullDiskRefusesTheSaveAndRecovers) {
    start_writable();
    EXPECT_EQ(write("a.cfg", "one"), Code::ok);
    platter_.set_full(true);
    EXPECT_EQ(write("a.cfg", "two"), Code::no_space);
    EXPECT_EQ(write("b.cfg", "two"), Code::no_space);
    EXPECT_EQ(content("a.cfg"), "one");
    platter_.set_full(false);
    EXPECT_EQ(write("a.cfg", "three"), Code::ok);
    EXPECT_EQ(content("a.cfg"), "three");
    engine_.reset();
    start_writable();
    EXPECT_EQ(content("a.cfg"), "three");
    EXPECT_EQ(content("b.cfg"), "(missing)");
}

TEST_F(EngineTest, ADiskThatIsFullAtStartDelaysTheViewAndNothingElse) {
    platter_.set_full(true);
    ASSERT_NO_FATAL_FAILURE(start());
    EXPECT_FALSE(engine_->wait_until_current(milliseconds(100)));
    while (engine_->writable() != Code::no_space)
        std::this_thread::yield();
    EXPECT_EQ(write("a.cfg", "one"), Code::no_space);
    platter_.set_full(false);
    ASSERT_TRUE(engine_->wait_until_current(seconds(40)));
    EXPECT_EQ(write("a.cfg", "one"), Code::ok);
}

TEST_F(EngineTest, AFullDiskUnderManySaversGivesEachAnAnswer) {
    start_writable();
    std::atomic<bool> stop{false};
    std::atomic<int> refused{0};
    std::vector<std::thread> savers;
    for (int t = 0; t < 8; ++t) {
        savers.emplace_back([&, t] {
            for (int i = 0; !stop; ++i) {
                const Code code = write("t" + std::to_string(t), std::to_string(i));
                if (code == Code::no_space) ++refused;
            }
        });
    }
    for (int round = 0; round < 5; ++round) {
        platter_.set_full(true);
        const int before = refused;
        while (refused < before + 16)
            std::this_thread::yield();
        platter_.set_full(false);
        ASSERT_EQ(write("round", std::to_string(round)), Code::ok);
    }
    stop = true;
    for (std::thread& saver : savers)
        saver.join();
    EXPECT_EQ(content("round"), "4");
}

// An entry that waited behind it was refused without the replica hearing of it: the log in memory
// then had an entry that the disk lacked, and the next one could not follow.
TEST_F(EngineTest, APromiseThatFindsTheDiskFullTakesTheEntriesBehindItBack) {
    platter_.identity.mode = ports::Mode::cluster;
    const View view{{}, 1, NodeId(2)};
    wire::ViewProposal proposal;
    proposal.cluster.bytes[0] = 7;
    proposal.voters = replica::encode({{NodeId(1), platter_.identity.disk}, {NodeId(2), {}}});
    wire::Append append;
    append.first = LogIndex(1);
    append.items = {{.request = {},
                     .body = wire::encode(wire::Draft{
                         .kind = wire::EntryKind::barrier, .time = {}, .actor = {}, .op = {}})}};
    platter_.set_held(true);
    platter_.set_full(true);
    Options options;
    options.boot = random_boot();
    auto engine =
        Engine::create(std::move(options), platter_.load(), std::make_unique<MemoryDisk>(platter_),
                       std::make_unique<LeaderOnNode2>(
                           std::vector<wire::Message>{{view, proposal}, {view, append}}),
                       clock_);
    ASSERT_TRUE(engine) << engine.error().message();
    engine_ = std::move(*engine);
    engine_->start();
    const auto deadline = std::chrono::steady_clock::now() + seconds(10);
    while (engine_->status().replica.last != LogIndex(1))
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the entry was not taken";
    platter_.set_held(false);
    while (engine_->status().replica.last != LogIndex(0))
        ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the entry was not taken back";
    platter_.set_full(false);
}

TEST_F(EngineTest, AChannelThatStaysBrokenDoesNotFillTheLog) {
    std::atomic<int> rounds = 0;
    Options options;
    options.boot = random_boot();
    auto engine =
        Engine::create(std::move(options), platter_.load(), std::make_unique<MemoryDisk>(platter_),
                       std::make_unique<BrokenChannel>(rounds), clock_);
    ASSERT_TRUE(engine) << engine.error().message();
    testing::internal::CaptureStderr();
    engine_ = std::move(*engine);
    engine_->start();
    while (rounds < 1000)
        std::this_thread::yield();
    const auto failure = engine_->status().last_failure;
    engine_.reset();
    const std::string log = testing::internal::GetCapturedStderr();
    const std::string told = "group channel: the channel is broken";
    const std::size_t first = log.find(told);
    ASSERT_NE(first, std::string::npos) << log;
    EXPECT_EQ(log.find(told, first + 1), std::string::npos) << "told once a minute";
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->text, "the channel is broken") << "and pmxctl status has it";
}

TEST_F(EngineTest, ReadOnlyServesWhatIsThereAndRefusesAtOnce) {
    start_writable();
    EXPECT_EQ(write("a.cfg", "one"), Code::ok);
    engine_.reset();
    ASSERT_NO_FATAL_FAILURE(start("the database was damaged"));
    EXPECT_EQ(write("a.cfg", "two"), Code::read_only);
    EXPECT_EQ(engine_->status().read_only_reason, "the database was damaged");
    auto confirmed = engine_->become_writable([](ports::LogStore&) { return Result<void>(); });
    ASSERT_TRUE(confirmed);
    ASSERT_TRUE(engine_->wait_until_current(seconds(20)));
    EXPECT_EQ(write("a.cfg", "two"), Code::ok);
}

TEST_F(EngineTest, ANodeAloneFoundsACluster) {
    start_writable();
    EXPECT_EQ(write("a.cfg", "one"), Code::ok);
    const ports::Identity before = engine_->status().identity;
    const auto founded = engine_->found_cluster();
    ASSERT_TRUE(founded) << founded.error().message();
    ports::Identity expected = before;
    expected.mode = ports::Mode::cluster;
    EXPECT_EQ(platter_.load().identity, expected);
    EXPECT_EQ(write("a.cfg", "two"), Code::ok);
    engine_.reset();
    ASSERT_NO_FATAL_FAILURE(start_writable());
    EXPECT_EQ(engine_->status().identity, expected);
    EXPECT_EQ(engine_->found_cluster().error().code(), Code::already_exists);
}

TEST_F(EngineTest, HistoryHasTheNewestChange) {
    start_writable();
    EXPECT_EQ(write("a.cfg", "one"), Code::ok);
    auto history = engine_->history({.path = {}, .limit = 10, .include_private = true});
    ASSERT_TRUE(history);
    ASSERT_EQ(history->size(), 1U);
    EXPECT_EQ(history->front().change.path, "a.cfg");
    const std::lock_guard lock(platter_.mutex);
    EXPECT_EQ(platter_.base.index, LogIndex()) << "no checkpoint is made for whoever reads it";
}

TEST_F(EngineTest, ABarrierIsAnsweredAfterWhatCameBefore) {
    start_writable();
    platter_.set_held(true);
    std::vector<std::string> order;
    std::promise<void> done;
    engine_->submit(write_file_op("a.cfg", "one"), {}, Patience::none,
                    [&](const ports::SubmitResult&) { order.emplace_back("save"); });
    engine_->sync([&](const ports::SubmitResult& result) {
        EXPECT_EQ(result.result, Code::ok);
        order.emplace_back("barrier");
        done.set_value();
    });
    platter_.set_held(false);
    done.get_future().get();
    EXPECT_EQ(order, (std::vector<std::string>{"save", "barrier"}));
}

TEST_F(EngineTest, StoppingAnswersWhoStillWaits) {
    start_writable();
    platter_.set_held(true);
    std::promise<Code> answer;
    engine_->submit(write_file_op("a.cfg", "one"), {}, Patience::none,
                    [&](const ports::SubmitResult& result) { answer.set_value(result.result); });
    ASSERT_TRUE(engine_->responds(seconds(20)));
    std::thread release([&] {
        EXPECT_EQ(answer.get_future().get(), Code::shutting_down);
        platter_.set_held(false);
    });
    engine_->stop();
    release.join();
    EXPECT_EQ(engine_->submit_and_wait(write_file_op("b", ""), {}).result, Code::shutting_down);
}

TEST_F(EngineTest, ASaveThatDoesNotCommitInTimeSaysSo) {
    Options options;
    options.boot = random_boot();
    options.write_timeout = milliseconds(50);
    auto engine =
        Engine::create(std::move(options), platter_.load(), std::make_unique<MemoryDisk>(platter_),
                       local::LocalChannel::create(NodeId(1)).value(), clock_);
    ASSERT_TRUE(engine);
    engine_ = std::move(*engine);
    engine_->start();
    ASSERT_TRUE(engine_->wait_until_current(seconds(20)));
    platter_.set_held(true);
    EXPECT_EQ(write("a.cfg", "one"), Code::timed_out);
    platter_.set_held(false);
}

}  // namespace
}  // namespace pmx::engine
