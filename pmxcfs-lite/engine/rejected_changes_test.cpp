#include "engine/rejected_changes.h"

#include <gtest/gtest.h>

namespace pmx::engine {
namespace {

tree::Op write_op(const std::string& path, const std::string& text) {
    tree::WriteFile op;
    op.at.path = path;
    op.create = true;
    op.edits = {{tree::Edit::Kind::truncate, 0, {}}, {tree::Edit::Kind::write, 0, text}};
    return op;
}

class RejectedChangesTest : public testing::Test {
  protected:
    wire::EntryPtr entry(const tree::Op& op) {
        wire::Entry entry;
        entry.index = LogIndex(++last_);
        entry.request = {NodeId(2), Boot(9), last_};
        entry.actor.program = "vi";
        entry.op = tree::encode(op);
        return std::make_shared<const wire::Entry>(std::move(entry));
    }
    void apply(const tree::Op& op) { (void)state_.apply(*entry(op)); }
    std::vector<ports::RejectedChange> reject(const std::vector<wire::EntryPtr>& entries,
                                              LogIndex kept) {
        return rejected_changes(state_, entries, kept);
    }

    replica::StateMachine state_;
    std::uint64_t last_ = 0;
};

TEST_F(RejectedChangesTest, TellsTheContentBeforeAndAfterEachOfThem) {
    apply(write_op("a", "one"));
    const auto rejected = reject({entry(write_op("a", "two")), entry(write_op("a", "three")),
                                  entry(tree::RemoveFile{{tree::root_inode, "a"}})},
                                 LogIndex(1));
    ASSERT_EQ(rejected.size(), 3U);
    EXPECT_EQ(rejected[0].before, "one");
    EXPECT_EQ(rejected[0].after, "two");
    EXPECT_EQ(rejected[0].path, "a");
    EXPECT_EQ(rejected[0].request, (RequestId{NodeId(2), Boot(9), 2}));
    EXPECT_EQ(rejected[0].actor.program, "vi");
    EXPECT_FALSE(rejected[0].committed);
    EXPECT_EQ(rejected[1].before, "two");
    EXPECT_EQ(rejected[2].kind, tree::ChangeKind::removed);
    EXPECT_EQ(rejected[2].before, "three");
    EXPECT_EQ(rejected[2].after, std::nullopt);
}

// No entry is left of it: it came with a snapshot.
TEST_F(RejectedChangesTest, ListsWhatOnlyTheResultsTellWithTheContentThatIsThere) {
    apply(write_op("a", "one"));
    apply(write_op("b", "two"));
    apply(write_op("b", "three"));
    const auto result = [&](std::uint64_t sequence) {
        return *state_.results.find({NodeId(2), Boot(9), sequence});
    };
    const auto rejected =
        rejected_results({{{NodeId(2), Boot(9), 1}, result(1).index, result(1).inode},
                          {{NodeId(2), Boot(9), 2}, result(2).index, result(2).inode},
                          {{NodeId(2), Boot(8), 7}, {}, {}}},
                         state_.tree);
    ASSERT_EQ(rejected.size(), 3U);
    EXPECT_EQ(rejected[0].path, "a");
    EXPECT_EQ(rejected[0].after, "one");
    EXPECT_TRUE(rejected[0].committed);
    EXPECT_EQ(rejected[1].path, "b");
    EXPECT_EQ(rejected[1].after, std::nullopt) << "somebody changed it since";
    EXPECT_EQ(rejected[2].path, "");
    EXPECT_EQ(rejected[2].request, (RequestId{NodeId(2), Boot(8), 7}));
}

TEST_F(RejectedChangesTest, AppliesThoseThatStayAndDoesNotListThem) {
    const auto rejected =
        reject({entry(write_op("a", "one")), entry(write_op("a", "two"))}, LogIndex(1));
    ASSERT_EQ(rejected.size(), 1U);
    EXPECT_EQ(rejected[0].before, "one");
    EXPECT_EQ(state_.tree.child(tree::root_inode, "a"), nullptr) << "the state was changed";
}

TEST_F(RejectedChangesTest, WhatFailedIsNotListed) {
    const auto rejected = reject({entry(tree::RemoveFile{{tree::root_inode, "missing"}}),
                                  entry(tree::MakeDirectory{{tree::root_inode, "d"}})},
                                 LogIndex(0));
    ASSERT_EQ(rejected.size(), 1U);
    EXPECT_EQ(rejected[0].path, "d");
    EXPECT_EQ(rejected[0].after, std::nullopt);
}

TEST_F(RejectedChangesTest, ARenameShowsWhatItPutInThePlaceOfWhat) {
    apply(write_op("a", "new"));
    apply(write_op("b", "old"));
    const auto rejected =
        reject({entry(tree::Rename{{tree::root_inode, "a"}, {tree::root_inode, "b"}, false})},
               LogIndex(2));
    ASSERT_EQ(rejected.size(), 1U);
    EXPECT_EQ(rejected[0].old_path, "a");
    EXPECT_EQ(rejected[0].path, "b");
    EXPECT_EQ(rejected[0].before, "old");
    EXPECT_EQ(rejected[0].after, "new");
}

// What was committed, and lost out with its era.
class RejectedHistoryTest : public RejectedChangesTest {
  protected:
    void commit(tree::Op op) {
        const wire::EntryPtr entry = this->entry(op);
        const tree::Outcome outcome = state_.apply(*entry);
        ASSERT_EQ(outcome.result, Code::ok);
        std::uint32_t ordinal = 0;
        for (const tree::Change& change : outcome.changes) {
            history_.insert(history_.begin(), {entry->index, ordinal++, entry->view, entry->request,
                                               entry->time, entry->actor, change});
        }
        ops_.emplace(entry->index, std::move(op));
    }
    [[nodiscard]] std::vector<ports::RejectedChange> rejected_from(std::uint64_t index) const {
        const auto op_at = [this](LogIndex at) {
            const auto op = ops_.find(at);
            return op == ops_.end() ? std::nullopt : std::optional(op->second);
        };
        return rejected_history(history_, LogIndex(index), op_at, state_.tree);
    }
    static tree::Ref at(const std::string& path) { return {tree::root_inode, path}; }
    static tree::Op append_op(const std::string& path, const std::string& text) {
        return tree::WriteFile{
            .at = at(path),
            .create = false,
            .edits = {{.kind = tree::Edit::Kind::append, .offset = 0, .bytes = text}},
            .mtime = {}};
    }

    std::vector<ports::HistoryRecord> history_;  // newest first
    std::map<LogIndex, tree::Op> ops_;
};

TEST_F(RejectedHistoryTest, EachSaveHasItsContent) {
    commit(write_op("a", "one"));
    commit(write_op("a", "two"));
    commit(append_op("a", " and more"));
    commit(write_op("a", "three"));
    const auto rejected = rejected_from(2);
    ASSERT_EQ(rejected.size(), 3U);
    EXPECT_EQ(rejected[0].index, LogIndex(2)) << "oldest first";
    EXPECT_EQ(rejected[0].before, "one") << "from what was before the lost ones";
    EXPECT_EQ(rejected[0].after, "two");
    EXPECT_EQ(rejected[1].after, "two and more");
    EXPECT_EQ(rejected[2].before, "two and more");
    EXPECT_EQ(rejected[2].after, "three");
    EXPECT_TRUE(rejected[2].committed);
}

TEST_F(RejectedHistoryTest, WhatWasRemovedOrMovedAwayIsKnown) {
    commit(tree::MakeDirectory{at("draft")});
    commit(write_op("draft/f", "important"));
    commit(tree::Rename{at("draft"), at("final"), false});
    commit(write_op("gone", "short-lived"));
    commit(tree::RemoveFile{at("gone")});
    const auto rejected = rejected_from(1);
    ASSERT_EQ(rejected.size(), 5U);
    EXPECT_EQ(rejected[1].path, "draft/f");
    EXPECT_EQ(rejected[1].after, "important");
    EXPECT_EQ(rejected[3].after, "short-lived");
    EXPECT_EQ(rejected[4].before, "short-lived");
}

TEST_F(RejectedHistoryTest, ARenameTellsWhatGaveWay) {
    commit(write_op("a", "new"));
    commit(write_op("b", "old"));
    commit(tree::Rename{at("a"), at("b"), false});
    const auto rejected = rejected_from(3);
    ASSERT_EQ(rejected.size(), 1U);
    EXPECT_EQ(rejected[0].before, "old");
    EXPECT_EQ(rejected[0].after, "new");
}

TEST_F(RejectedHistoryTest, StepsOfATransactionAreToldApart) {
    tree::Transaction transaction;
    transaction.steps = {write_op("a", "of a"), write_op("b", "of b")};
    commit(std::move(transaction));
    const auto rejected = rejected_from(1);
    ASSERT_EQ(rejected.size(), 2U);
    for (const ports::RejectedChange& change : rejected)
        EXPECT_EQ(change.after, "of " + change.path);
}

// The log no longer has what the file began with: of an append the end is in the tree.
TEST_F(RejectedHistoryTest, WithoutTheOperationOnlyTheNewestContentIsKnown) {
    commit(write_op("a", "one"));
    commit(append_op("a", ", two"));
    commit(append_op("a", ", three"));
    ops_.erase(LogIndex(1));
    const auto rejected = rejected_from(2);
    ASSERT_EQ(rejected.size(), 2U);
    EXPECT_EQ(rejected[0].before, std::nullopt);
    EXPECT_EQ(rejected[0].after, std::nullopt);
    EXPECT_EQ(rejected[1].after, "one, two, three");
}

TEST_F(RejectedChangesTest, WhatHappenedAllTheSameIsTakenOut) {
    auto rejected = reject({entry(write_op("a", "one")), entry(write_op("b", "two"))}, LogIndex(0));
    replica::RequestResults results;
    results.record(rejected[0].request, {LogIndex(1), Code::ok, {}});
    // By a daemon that has started often since.
    for (std::uint64_t boot = 100; boot < 110; ++boot)
        results.record({rejected[0].request.node, Boot(boot), 1}, {LogIndex(boot), Code::ok, {}});
    remove_what_is_done(rejected, results);
    ASSERT_EQ(rejected.size(), 1U);
    EXPECT_EQ(rejected[0].path, "b");
}

}  // namespace
}  // namespace pmx::engine
