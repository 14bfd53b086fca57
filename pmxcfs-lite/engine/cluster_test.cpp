// Engines of several nodes in one process, each with a disk of its own.
#include <gtest/gtest.h>

#include <future>
#include <map>

#include "base/random.h"
#include "engine/engine.h"
#include "tests/support/memory_disk.h"
#include "tests/support/memory_group.h"

namespace pmx::engine {
namespace {

using std::chrono::seconds;
using Patience = ports::Store::Patience;

constexpr NodeId node_1{1};
constexpr NodeId node_2{2};
constexpr NodeId node_3{3};
constexpr seconds patience{20};

tree::Op write_text_op(const std::string& path, const std::string& text) {
    tree::WriteFile op;
    op.at.path = path;
    op.create = true;
    op.edits = {{tree::Edit::Kind::truncate, 0, {}}, {tree::Edit::Kind::write, 0, text}};
    return op;
}

class Recorder final : public ports::Invalidator {
  public:
    void committed(const ports::Committed& committed) override {
        const std::lock_guard lock(mutex_);
        for (const tree::Change& change : committed.changes)
            changes_.emplace(change.path, change.kind);
    }
    [[nodiscard]] std::multimap<std::string, tree::ChangeKind> changes() const {
        const std::lock_guard lock(mutex_);
        return changes_;
    }

  private:
    mutable std::mutex mutex_;
    std::multimap<std::string, tree::ChangeKind> changes_;
};

class ClusterTest : public testing::Test {
  protected:
    struct Node {
        support::MemoryPlatter platter;
        Recorder recorder;
        std::unique_ptr<Engine> engine;
    };

    ClusterTest() {
        for (const NodeId id : {node_1, node_2, node_3}) {
            support::MemoryPlatter& platter = nodes_[id].platter;
            platter.identity.node = id;
            platter.identity.node_name = "node" + std::to_string(id.value);
            platter.identity.disk = random_disk_id();
            platter.identity.mode = ports::Mode::cluster;
            platter.base.tree_digest = tree::Tree().digest();
        }
    }
    ~ClusterTest() override {
        for (auto& [id, node] : nodes_)
            node.engine.reset();
    }

    void start(NodeId id) {
        Node& node = nodes_[id];
        Options options;
        options.boot = random_boot();
        options.write_timeout = patience;
        options.end = [](const std::string& why) { ADD_FAILURE() << why; };
        auto engine = Engine::create(std::move(options), node.platter.load(),
                                     std::make_unique<support::MemoryDisk>(node.platter),
                                     group_.join(id), clock_);
        ASSERT_TRUE(engine) << engine.error().message();
        node.engine = std::move(*engine);
        node.engine->add_invalidator(node.recorder);
        node.engine->start();
    }
    void start_all() {
        for (const NodeId id : {node_1, node_2, node_3})
            ASSERT_NO_FATAL_FAILURE(start(id));
        for (const NodeId id : {node_1, node_2, node_3})
            ASSERT_TRUE(at(id).wait_until_current(patience));
        // A member votes once it was in step.
        wait_for(node_1, [](const ports::StoreStatus& s) { return s.replica.voters.size() == 3; });
    }
    void wait_for(NodeId id, const std::function<bool(const ports::StoreStatus&)>& condition) {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (!condition(at(id).status()))
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "node " << id.value;
    }
    static bool has_open_view(const ports::StoreStatus& status) {
        return status.replica.open_view.has_value();
    }

    Engine& at(NodeId id) { return *nodes_.at(id).engine; }
    Code write(NodeId id, const std::string& path, const std::string& text) {
        return at(id).submit_and_wait(write_text_op(path, text), {}).result;
    }
    std::future<Code> begin(NodeId id, const tree::Op& op, Patience patience_of_caller) {
        auto done = std::make_shared<std::promise<Code>>();
        at(id).submit(op, {}, patience_of_caller,
                      [done](const ports::SubmitResult& r) { done->set_value(r.result); });
        return done->get_future();
    }
    std::string content(NodeId id, const std::string& path) {
        const ports::TreeView tree = at(id).read();
        auto node = tree->resolve({tree::root_inode, path});
        return node ? *(*node)->content : "(missing)";
    }

    SystemClock clock_;
    support::MemoryGroup group_{{node_1, node_2, node_3}};
    std::map<NodeId, Node> nodes_;
};

TEST_F(ClusterTest, NodesFoundAClusterAndShareASave) {
    ASSERT_NO_FATAL_FAILURE(start_all());
    EXPECT_EQ(write(node_2, "a.cfg", "one"), Code::ok);
    for (const NodeId id : {node_1, node_2, node_3}) {
        ASSERT_TRUE(at(id).wait_until_current(patience));
        EXPECT_EQ(content(id, "a.cfg"), "one");
    }
    const ClusterId cluster = nodes_[node_1].platter.load().identity.cluster;
    EXPECT_NE(cluster, ClusterId());
    EXPECT_EQ(nodes_[node_2].platter.load().identity.cluster, cluster);
    EXPECT_EQ(nodes_[node_3].platter.load().identity.cluster, cluster);
    EXPECT_EQ(at(node_3).status().identity.cluster, cluster);
}

TEST_F(ClusterTest, AMemberAnswersWhatAnotherAsks) {
    ASSERT_NO_FATAL_FAILURE(start_all());
    at(node_2).answer_with([](std::string request, ports::Members::Reply reply) {
        reply(std::string(wire::max_answer_bytes, request.front()));
    });
    const auto ask_two = [this](std::chrono::milliseconds timeout) {
        std::promise<Result<std::string>> promise;
        auto answer = promise.get_future();
        at(node_1).ask(node_2, "q", timeout, [&promise](Result<std::string> text) {
            promise.set_value(std::move(text));
        });
        return answer.get();
    };
    const auto answer = ask_two(patience);
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(*answer, std::string(wire::max_answer_bytes, 'q'));
    at(node_2).answer_with({});
    EXPECT_EQ(ask_two(std::chrono::milliseconds(1)).error().code(), Code::timed_out);
    group_.split({{node_1, node_3}});
    EXPECT_EQ(ask_two(patience).error().code(), Code::not_found);
}

TEST_F(ClusterTest, WithoutQuorumWhatWasBegunWaitsAndNothingElse) {
    ASSERT_NO_FATAL_FAILURE(start_all());
    group_.split({{node_1}});
    while (at(node_1).writable() == Code::ok) {
    }
    EXPECT_EQ(write(node_1, "a.cfg", "refused"), Code::read_only);
    auto begun = begin(node_1, write_text_op("b.cfg", "begun"), Patience::patient);
    EXPECT_EQ(write(node_1, "a.cfg", "refused"), Code::read_only) << "behind one that waits";
    EXPECT_EQ(write(node_2, "c.cfg", "majority"), Code::ok);
    EXPECT_EQ(begun.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
    group_.heal();
    EXPECT_EQ(begun.get(), Code::ok);
    ASSERT_TRUE(at(node_3).wait_until_current(patience));
    EXPECT_EQ(content(node_3, "b.cfg"), "begun");
}

TEST_F(ClusterTest, ANodeFarBehindTakesASnapshot) {
    ASSERT_NO_FATAL_FAILURE(start_all());
    EXPECT_EQ(write(node_1, "gone.cfg", "x"), Code::ok);
    EXPECT_EQ(write(node_1, "kept.cfg", "x"), Code::ok);
    ASSERT_TRUE(at(node_3).wait_until_current(patience));
    nodes_[node_3].engine.reset();
    EXPECT_EQ(
        at(node_1).submit_and_wait(tree::RemoveFile{{tree::root_inode, "gone.cfg"}}, {}).result,
        Code::ok);
    for (int i = 0; i < 12; ++i) {
        EXPECT_EQ(write(node_1, "big", std::string(1 << 20, static_cast<char>('a' + i))), Code::ok);
    }
    // A start keeps nothing of the log before its checkpoint.
    for (const NodeId id : {node_1, node_2}) {
        nodes_[id].engine.reset();
        ASSERT_NO_FATAL_FAILURE(start(id));
    }
    ASSERT_TRUE(at(node_1).wait_until_current(patience));
    ASSERT_NO_FATAL_FAILURE(start(node_3));
    ASSERT_TRUE(at(node_3).wait_until_current(patience));
    EXPECT_EQ(content(node_3, "big"), std::string(1 << 20, 'l'));
    EXPECT_EQ(content(node_3, "gone.cfg"), "(missing)");
    EXPECT_EQ(content(node_3, "kept.cfg"), "x");
    const auto changes = nodes_[node_3].recorder.changes();
    EXPECT_EQ(changes.count("gone.cfg"), 2U) << "created, and removed by the snapshot";
    EXPECT_EQ(changes.count("big"), 1U) << "once, by the snapshot";
    EXPECT_EQ(at(node_3).rejected()->size(), 0U);
    // What is on its disk is the same.
    nodes_[node_3].engine.reset();
    ASSERT_NO_FATAL_FAILURE(start(node_3));
    ASSERT_TRUE(at(node_3).wait_until_current(patience));
    EXPECT_EQ(content(node_3, "kept.cfg"), "x");
    EXPECT_EQ(content(node_3, "big"), std::string(1 << 20, 'l'));
}

TEST_F(ClusterTest, WhatAnEraThatLostHadCommittedIsListed) {
    ASSERT_NO_FATAL_FAILURE(start_all());
    EXPECT_EQ(write(node_1, "common.cfg", "x"), Code::ok);
    group_.split({{node_1}, {node_2, node_3}});
    while (at(node_1).writable() == Code::ok) {
    }
    auto forced = std::make_shared<std::promise<Code>>();
    at(node_1).force_quorum({}, [forced](const auto& r) { forced->set_value(r.result); });
    EXPECT_EQ(forced->get_future().get(), Code::ok);
    EXPECT_EQ(write(node_1, "a.cfg", "of the last survivor"), Code::ok);
    EXPECT_EQ(write(node_2, "b.cfg", "of the others"), Code::ok);
    group_.heal();
    for (const NodeId id : {node_1, node_2, node_3}) {
        ASSERT_TRUE(at(id).wait_until_current(patience));
        EXPECT_EQ(content(id, "a.cfg"), "of the last survivor");
        EXPECT_EQ(content(id, "b.cfg"), "(missing)");
        EXPECT_EQ(content(id, "common.cfg"), "x");
    }
    auto rejected = at(node_2).rejected();
    ASSERT_TRUE(rejected);
    ASSERT_EQ(rejected->size(), 1U);
    EXPECT_EQ(rejected->front().path, "b.cfg");
    EXPECT_EQ(rejected->front().after, "of the others");
    EXPECT_TRUE(rejected->front().committed);
    EXPECT_EQ(at(node_2).status().rejected_requests, 1U);
    EXPECT_EQ(at(node_1).rejected()->size(), 0U);
    ASSERT_TRUE(at(node_2).forget_rejected({rejected->front().request}));
    EXPECT_EQ(at(node_2).rejected()->size(), 0U);
    EXPECT_EQ(at(node_3).rejected()->size(), 1U) << "each node has its own list";
}

}  // namespace
}  // namespace pmx::engine
