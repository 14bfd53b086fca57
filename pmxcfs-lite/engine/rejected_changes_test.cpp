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

TEST_F(RejectedChangesTest, OfWhatWasCommittedOnlyTheNewestContentIsKnown) {
    apply(write_op("a", "two"));
    std::vector<ports::HistoryRecord> history(2);
    history[0].index = LogIndex(2);
    history[1].index = LogIndex(1);
    for (ports::HistoryRecord& record : history) {
        record.request = {NodeId(2), Boot(9), record.index.value};
        record.change.path = "a";
    }
    const auto rejected = rejected_history(history, state_.tree);
    ASSERT_EQ(rejected.size(), 2U);
    EXPECT_EQ(rejected[0].index, LogIndex(1)) << "oldest first";
    EXPECT_EQ(rejected[0].after, std::nullopt);
    EXPECT_EQ(rejected[1].after, "two");
    EXPECT_TRUE(rejected[1].committed);
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
