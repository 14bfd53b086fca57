// The check bites: each test makes a history by hand that breaks what the check is for.
#include "tests/sim/checks/log_check.h"

#include <gtest/gtest.h>

namespace pmx::sim {
namespace {

constexpr NodeId log_node{1};
constexpr NodeId node_2{2};

class LogCheckTest : public testing::Test {
  public:
    // An entry of view `number` of era `era` after `before`, asked for as `request` (0: by nobody).
    static wire::EntryPtr entry_after(const wire::EntryPtr& before, std::uint64_t number,
                                      std::uint64_t request, std::uint64_t era = 0) {
        wire::Entry entry;
        entry.index = LogIndex(before ? before->index.value + 1 : 1);
        entry.view = {{era, {}}, number, log_node};
        if (request != 0) entry.request = {log_node, Boot(1), request};
        entry.chain = wire::chain_after(before ? before->chain : wire::Chain{}, entry);
        return std::make_shared<const wire::Entry>(std::move(entry));
    }
    bool commit(NodeId node, const wire::EntryPtr& before, const wire::EntryPtr& entry) {
        return commit_in(entry->view.era, node, before, entry);
    }
    bool commit_in(const Era& era, NodeId node, const wire::EntryPtr& before,
                   const wire::EntryPtr& entry) {
        return check.committed(node, era, before ? before->chain : wire::Chain{}, entry);
    }

    Violations violations;
    LogCheck check{violations, true};
    LogCheck strict{violations, false};
    wire::EntryPtr first = entry_after(nullptr, 1, 0);
    wire::EntryPtr second = entry_after(first, 1, 7);
};

TEST_F(LogCheckTest, AcceptsOneLogOnAllNodes) {
    EXPECT_TRUE(commit(log_node, nullptr, first));
    EXPECT_TRUE(commit(log_node, first, second));
    EXPECT_FALSE(commit(node_2, nullptr, first));
    EXPECT_FALSE(commit(node_2, first, second));
    check.acknowledged(second->request);
    check.installed(node_2, second->index, second->chain);
    EXPECT_FALSE(violations.first());
    EXPECT_EQ(check.last(), LogIndex(2));
}

TEST_F(LogCheckTest, FindsTwoEntriesInOnePlace) {
    commit(log_node, nullptr, first);
    commit(log_node, first, second);
    commit(node_2, first, entry_after(first, 2, 8));
    EXPECT_TRUE(violations.first());
}

TEST_F(LogCheckTest, FindsAnEraThatNobodyGranted) {
    const wire::EntryPtr other = entry_after(first, 1, 8, 1);
    strict.committed(log_node, {}, {}, first);
    strict.committed(log_node, {}, first->chain, second);
    strict.committed(node_2, other->view.era, first->chain, other);
    EXPECT_TRUE(violations.first());
}

TEST_F(LogCheckTest, LetsAHigherEraGoOnAndKnowsWhatIsLost) {
    commit(log_node, nullptr, first);
    commit(log_node, first, second);
    check.forced();
    const wire::EntryPtr other = entry_after(first, 1, 8, 1);
    commit(node_2, first, other);
    EXPECT_FALSE(violations.first());
    EXPECT_TRUE(check.any_lost());
    EXPECT_FALSE(check.is_committed(second->request));
    EXPECT_TRUE(check.is_committed(other->request));
    // A still higher one goes on from what had lost.
    commit(log_node, second, entry_after(second, 1, 9, 2));
    EXPECT_TRUE(check.is_committed(second->request));
    EXPECT_FALSE(check.is_committed(other->request));
    EXPECT_FALSE(violations.first());
}

// Whoever founds an era by itself has all that was decided before it.
TEST_F(LogCheckTest, FindsAnEraThatLostWhatWasCommittedBeforeIt) {
    const wire::EntryPtr third = entry_after(second, 2, 0, 1);
    const wire::EntryPtr saved = entry_after(third, 2, 8, 1);
    const wire::EntryPtr other = entry_after(third, 1, 0, 2);
    commit(log_node, nullptr, first);
    commit(log_node, first, second);
    commit(log_node, second, third);
    commit(log_node, third, saved);
    commit(node_2, third, other);
    EXPECT_TRUE(violations.first());
}

TEST_F(LogCheckTest, FindsALossWhereTheLinesPartedBeforeTheEra) {
    const wire::EntryPtr leftover = entry_after(first, 1, 8);
    commit(log_node, nullptr, first);
    commit(log_node, first, second);
    commit_in({1, {}}, node_2, first, leftover);
    EXPECT_TRUE(violations.first());
}

TEST_F(LogCheckTest, LetsAnEraLoseWhatOneBesideItCommitted) {
    const wire::EntryPtr here = entry_after(second, 1, 0, 1);
    const wire::EntryPtr there = entry_after(second, 1, 0, 2);
    commit(log_node, nullptr, first);
    commit(log_node, first, second);
    commit(log_node, second, here);
    commit(log_node, here, entry_after(here, 1, 8, 1));
    commit(node_2, second, there);
    EXPECT_FALSE(violations.first());
    EXPECT_TRUE(check.any_lost());
}

TEST_F(LogCheckTest, LetsAForcedEraLoseAnything) {
    commit(log_node, nullptr, first);
    commit(log_node, first, second);
    check.forced();
    commit(node_2, first, entry_after(first, 1, 8, 1));
    EXPECT_FALSE(violations.first());
}

// Its founder was behind, and had an entry that never was committed in the era before.
TEST_F(LogCheckTest, LetsAnEraDecideWhatItsFoundersHave) {
    const wire::EntryPtr leftover = entry_after(first, 1, 8);
    const wire::EntryPtr founding = entry_after(leftover, 1, 0, 1);
    commit(log_node, nullptr, first);
    commit(log_node, first, second);
    check.forced();
    commit_in(founding->view.era, node_2, first, leftover);
    commit(node_2, leftover, founding);
    EXPECT_FALSE(violations.first());
    EXPECT_TRUE(check.is_committed(leftover->request));
    EXPECT_FALSE(check.is_committed(second->request));
    // Whoever still goes on in the era before is in a line that lost.
    commit(log_node, second, entry_after(second, 2, 9));
    EXPECT_FALSE(violations.first());
    EXPECT_EQ(check.last(), founding->index);
}

TEST_F(LogCheckTest, FindsLeftoversCommittedInTheirOwnEra) {
    commit(log_node, nullptr, first);
    commit(log_node, first, second);
    commit(node_2, first, entry_after(first, 1, 8));
    EXPECT_TRUE(violations.first());
}

TEST_F(LogCheckTest, FindsARequestInTwoPlaces) {
    commit(log_node, nullptr, first);
    commit(log_node, first, second);
    commit(log_node, second, entry_after(second, 1, 7));
    EXPECT_TRUE(violations.first());
}

TEST_F(LogCheckTest, FindsAViewThatGoesBack) {
    const wire::EntryPtr later = entry_after(first, 3, 0);
    commit(log_node, nullptr, first);
    commit(log_node, first, later);
    commit(log_node, later, entry_after(later, 2, 0));
    EXPECT_TRUE(violations.first());
}

TEST_F(LogCheckTest, FindsAnAnswerForWhatIsNotCommitted) {
    commit(log_node, nullptr, first);
    check.acknowledged(second->request);
    EXPECT_TRUE(violations.first());
}

TEST_F(LogCheckTest, FindsTwoAnswers) {
    commit(log_node, nullptr, first);
    commit(log_node, first, second);
    check.acknowledged(second->request);
    check.acknowledged(second->request);
    EXPECT_TRUE(violations.first());
}

TEST_F(LogCheckTest, FindsARefusedRequestThatHappens) {
    check.refused(second->request);
    commit(log_node, nullptr, first);
    commit(log_node, first, second);
    EXPECT_TRUE(violations.first());
}

TEST_F(LogCheckTest, FindsASnapshotOfWhatIsNotCommitted) {
    commit(log_node, nullptr, first);
    check.installed(node_2, second->index, second->chain);
    EXPECT_TRUE(violations.first());
}

}  // namespace
}  // namespace pmx::sim
