#include "replica/quorum.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace pmx::replica {
namespace {

VoterList list_of(const std::vector<std::uint32_t>& nodes) {
    VoterList list;
    for (const std::uint32_t node : nodes) {
        Voter voter{NodeId(node), {}};
        voter.disk.bytes[0] = static_cast<std::uint8_t>(node);
        list.push_back(voter);
    }
    return list;
}

class QuorumTest : public testing::Test {
  protected:
    // The next entry; a list where voters are given.
    LogIndex append(const VoterList& list = {}) {
        wire::Entry entry;
        entry.index = next(log.last());
        entry.view = view;
        entry.kind = list.empty() ? wire::EntryKind::barrier : wire::EntryKind::voters;
        if (!list.empty()) entry.op = encode(list);
        return log.append(std::move(entry))->index;
    }
    // Of this list, and of one that it was changed to last, by an entry that may not be committed.
    VoterLists change(const std::vector<std::uint32_t>& from,
                      const std::vector<std::uint32_t>& to) {
        const LogIndex settled = append(list_of(from));
        append(list_of(to));
        return voter_lists(log, settled);
    }

    View view{{}, 1, NodeId(1)};
    Log log{{}, {}};
};

TEST_F(QuorumTest, AListThatIsKnownToBeCommittedDecidesAlone) {
    append(list_of({1, 2}));
    const LogIndex changed = append(list_of({1, 2, 3}));
    EXPECT_EQ(voter_lists(log, changed).before, VoterList());
    EXPECT_FALSE(voter_lists(log, changed).both_decide);
    EXPECT_TRUE(have_majorities(voter_lists(log, changed), list_of({2, 3})));
}

TEST_F(QuorumTest, AChangeOfAnEvenListTakesAMajorityOfBoth) {
    const VoterLists lists = change({1, 2}, {1, 2, 3});
    EXPECT_TRUE(lists.both_decide);
    EXPECT_FALSE(have_majorities(lists, list_of({2, 3})));
    EXPECT_TRUE(have_majorities(lists, list_of({1, 2})));
}

TEST_F(QuorumTest, AChangeOfAnOddListTakesAMajorityOfTheNewOne) {
    const VoterLists lists = change({1, 2, 3}, {1, 2, 3, 4});
    EXPECT_FALSE(lists.both_decide);
    EXPECT_FALSE(have_majorities(lists, list_of({1, 2})));
    EXPECT_TRUE(have_majorities(lists, list_of({1, 3, 4})));
}

// All of its founders have it, and decided that the others are left behind.
TEST_F(QuorumTest, TheFirstListOfAnEraDecidesAlone) {
    append(list_of({1, 2}));
    view = {{1, {}}, 1, NodeId(1)};
    append(list_of({1}));
    const VoterLists lists = voter_lists(log, LogIndex(1));
    EXPECT_EQ(lists.before, list_of({1, 2}));
    EXPECT_FALSE(lists.both_decide);
    EXPECT_TRUE(have_majorities(lists, list_of({1})));
}

TEST_F(QuorumTest, WhatABaseStandsForIsCommitted) {
    append(list_of({1, 2}));
    append(list_of({1, 2, 3}));
    Base base;
    base.index = log.last();
    base.view = log.last_view();
    base.chain = log.last_chain();
    base.voters = log.voters();
    log.rebase(base);
    EXPECT_FALSE(voter_lists(log, LogIndex(1)).both_decide);
    EXPECT_FALSE(must_repeat_list(log));
}

TEST_F(QuorumTest, WhereBothDecideTheLowerPlaceCountsUpToTheChange) {
    const VoterLists lists = change({1, 2}, {1, 2, 3});
    ASSERT_EQ(lists.since, LogIndex(2));
    EXPECT_EQ(counted(lists, LogIndex(5), LogIndex(1)), LogIndex(1));
    EXPECT_EQ(counted(lists, LogIndex(5), LogIndex(2)), LogIndex(5));
    EXPECT_EQ(counted(lists, LogIndex(1), LogIndex(5)), LogIndex(1));
    EXPECT_EQ(counted(change({1, 2, 3}, {1, 2}), LogIndex(5), LogIndex(1)), LogIndex(5));
}

TEST_F(QuorumTest, HalvesOfBothListsAreNeeded) {
    const VoterLists lists = change({1, 2, 3}, {1, 2, 3, 4});
    EXPECT_FALSE(have_halves(lists, list_of({1, 4}))) << "of three voters 2 and 3 may have decided";
    EXPECT_TRUE(have_halves(lists, list_of({1, 2})));
    EXPECT_FALSE(have_halves(change({1, 2}, {1, 2, 3}), list_of({1})));
    EXPECT_TRUE(have_halves(change({1, 2}, {1, 2, 3}), list_of({1, 3})));
}

// Of four each half needs both of its founders to commit anything; of six a half needs two of
// three, and of eight three of four.
TEST_F(QuorumTest, AQuarterMayBeElsewhere) {
    append(list_of({1, 2}));
    EXPECT_TRUE(leave_no_era_elsewhere(voter_lists(log, log.last()), list_of({1, 2})));
    EXPECT_FALSE(leave_no_era_elsewhere(voter_lists(log, log.last()), list_of({1})));
    append(list_of({1, 2, 3, 4, 5, 6}));
    EXPECT_TRUE(leave_no_era_elsewhere(voter_lists(log, log.last()), list_of({1, 2, 3, 4, 5})));
    EXPECT_FALSE(leave_no_era_elsewhere(voter_lists(log, log.last()), list_of({1, 2, 3, 4})));
    append(list_of({1, 2, 3, 4, 5, 6, 7, 8}));
    EXPECT_TRUE(leave_no_era_elsewhere(voter_lists(log, log.last()), list_of({1, 2, 3, 4, 5, 6})));
    EXPECT_FALSE(leave_no_era_elsewhere(voter_lists(log, log.last()), list_of({1, 2, 3, 4, 5})));
}

TEST_F(QuorumTest, NoHalfOfAnOddListFoundsAnEra) {
    append(list_of({1, 2, 3, 4, 5}));
    EXPECT_TRUE(leave_no_era_elsewhere(voter_lists(log, log.last()), list_of({1, 2, 3})));
    EXPECT_FALSE(can_be_halved(voter_lists(log, log.last())));
    EXPECT_TRUE(can_be_halved(change({1, 2}, {1, 2, 3})));
    EXPECT_TRUE(can_be_halved(change({1, 2, 3}, {1, 2})));
}

// Nodes 3 to 5 may have founded an era, being half of four and a majority of five; 4 and 5 are
// enough to commit in it.
TEST_F(QuorumTest, WhereBothDecideBothAreLookedAt) {
    const VoterLists lists = change({1, 2, 3, 4}, {1, 2, 3, 4, 5});
    EXPECT_FALSE(leave_no_era_elsewhere(lists, list_of({1, 2, 3})));
    EXPECT_TRUE(leave_no_era_elsewhere(lists, list_of({1, 2, 3, 4})));
}

TEST_F(QuorumTest, AChangeOfAnEvenListIsSaidToBeSettledOnce) {
    change({1, 2}, {1, 2, 3});
    EXPECT_TRUE(must_repeat_list(log));
    append(list_of({1, 2, 3}));
    EXPECT_FALSE(must_repeat_list(log));
    EXPECT_FALSE(voter_lists(log, LogIndex(1)).both_decide);
    append(list_of({1, 2, 3, 4}));
    EXPECT_FALSE(must_repeat_list(log)) << "the list before it is odd";
}

// What rules 1 and 2 rest on, for all lists that differ by one voter and all who may be here: who
// has a majority of both has one in common with everybody who founds an era.
TEST_F(QuorumTest, HalvesMeetMajoritiesOfListsThatDifferByOne) {
    for (std::uint32_t size = 1; size <= 7; ++size) {
        std::vector<std::uint32_t> small;
        for (std::uint32_t node = 1; node <= size; ++node)
            small.push_back(node);
        std::vector<std::uint32_t> large = small;
        large.push_back(size + 1);
        for (const auto& [from, to] : {std::pair(small, large), std::pair(large, small)}) {
            log = Log({}, {});
            const VoterLists lists = change(from, to);
            VoterLists not_heard{list_of(from), LogIndex(1), {}, false};
            for (std::uint32_t set = 0; set < 1U << (size + 1); ++set) {
                std::vector<std::uint32_t> here;
                std::vector<std::uint32_t> there;
                for (std::uint32_t i = 0; i <= size; ++i)
                    ((set >> i & 1U) != 0 ? here : there).push_back(i + 1);
                const bool decide = have_majorities(lists, list_of(here));
                EXPECT_FALSE(decide && have_halves(lists, list_of(there)));
                EXPECT_FALSE(decide && have_halves(not_heard, list_of(there)));
                EXPECT_FALSE(have_majorities(not_heard, list_of(here)) &&
                             have_halves(lists, list_of(there)));
            }
        }
    }
}

}  // namespace
}  // namespace pmx::replica
