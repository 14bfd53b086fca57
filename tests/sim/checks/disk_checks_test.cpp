// The checks of what disks have bite.
#include <gtest/gtest.h>

#include "tests/sim/checks/quorum_check.h"
#include "tests/sim/checks/rejected_check.h"
#include "tests/sim/checks/tree_check.h"

namespace pmx::sim {
namespace {

constexpr NodeId node_1{1};

wire::EntryPtr change(std::uint64_t index, std::uint64_t request, std::uint64_t era = 0) {
    wire::Entry entry;
    entry.index = LogIndex(index);
    entry.view.era.count = era;
    entry.request = {node_1, Boot(1), request};
    entry.chain[0] = static_cast<std::uint8_t>(request);
    return std::make_shared<const wire::Entry>(std::move(entry));
}

class DiskChecks : public testing::Test {
  public:
    DiskChecks() {
        for (std::uint8_t i = 0; i < 3; ++i) {
            platters[i].id.bytes[0] = static_cast<std::uint8_t>(i + 1);
            voters.push_back({NodeId(i + 1U), platters[i].id});
        }
    }
    [[nodiscard]] std::vector<const Platter*> disks() const {
        return {&platters[0], &platters[1], &platters[2]};
    }
    void commit(const Era& era = {}) { quorum.committed(*entry, era, disks(), voters); }

    Violations violations;
    LogCheck log{violations, true};
    QuorumCheck quorum{violations, log};
    Platter platters[3];
    replica::VoterList voters;
    wire::EntryPtr entry = change(1, 1);
};

TEST_F(DiskChecks, AnEntryOnAMajorityIsCommitted) {
    platters[0].entries = {entry};
    platters[2].entries = {entry};
    commit();
    EXPECT_FALSE(violations.first());
}

TEST_F(DiskChecks, AnEntryOnOneDiskIsNot) {
    platters[0].entries = {entry};
    platters[1].entries = {change(1, 2)};
    commit();
    EXPECT_TRUE(violations.first());
}

TEST_F(DiskChecks, AnotherDiskOfTheNodeIsNoVoter) {
    platters[0].entries = {entry};
    platters[1].entries = {entry};
    platters[1].id.bytes[1] = 9;
    commit();
    EXPECT_TRUE(violations.first());
}

TEST_F(DiskChecks, ADiskThatIsGoneHadWhatItHad) {
    platters[0].entries = {entry};
    platters[1].entries = {entry};
    quorum.gone(platters[1]);
    platters[1] = {};
    commit();
    EXPECT_FALSE(violations.first());
}

// It was reported truly, and then gave way to an era that the one who counts has not heard of.
TEST_F(DiskChecks, ADiskThatGaveItUpForAHigherEraCounts) {
    platters[0].entries = {entry};
    quorum.dropped(platters[1].id, {entry}, Era{1, {}});
    commit();
    EXPECT_FALSE(violations.first());
}

TEST_F(DiskChecks, ADiskThatGaveItUpForTheEraOfWhoCountsDoesNot) {
    platters[0].entries = {entry};
    quorum.dropped(platters[1].id, {entry}, Era{1, {}});
    commit(Era{1, {}});
    EXPECT_TRUE(violations.first());
}

TEST_F(DiskChecks, ADiskThatGaveItUpInItsOwnEraDoesNot) {
    platters[0].entries = {entry};
    quorum.dropped(platters[1].id, {entry}, Era());
    commit();
    EXPECT_TRUE(violations.first());
}

TEST_F(DiskChecks, ADiskThatGaveUpAnotherEntryDoesNot) {
    platters[0].entries = {entry};
    quorum.dropped(platters[1].id, {change(1, 2)}, Era{1, {}});
    commit();
    EXPECT_TRUE(violations.first());
}

TEST_F(DiskChecks, AStrangersDiskThatGaveItUpDoesNot) {
    platters[0].entries = {entry};
    DiskId stranger;
    stranger.bytes[0] = 9;
    quorum.dropped(stranger, {entry}, Era{1, {}});
    commit();
    EXPECT_TRUE(violations.first());
}

TEST_F(DiskChecks, ABaseOfTheSameLineHasWhatIsBeforeIt) {
    const wire::EntryPtr second = change(2, 2);
    log.committed(node_1, {}, {}, entry);
    log.committed(node_1, {}, entry->chain, second);
    platters[0].entries = {entry};
    platters[1].base.index = platters[1].before = second->index;
    platters[1].base.chain = second->chain;
    commit();
    EXPECT_FALSE(violations.first());
}

TEST_F(DiskChecks, ABaseOfAnotherLineDoesNot) {
    const wire::EntryPtr other = change(1, 2, 1);
    const wire::EntryPtr second = change(2, 3, 1);
    log.committed(node_1, {}, {}, entry);
    log.committed(NodeId(2), other->view.era, {}, other);
    log.committed(NodeId(2), other->view.era, other->chain, second);
    log.forced();
    platters[0].entries = {entry};
    platters[1].base.index = platters[1].before = second->index;
    platters[1].base.chain = second->chain;
    commit();
    EXPECT_TRUE(violations.first());
}

TEST_F(DiskChecks, AChangeIsNotDroppedInSilence) {
    RejectedCheck check(violations);
    check.dropped({entry});
    check.nothing_is_missing(disks(), log);
    EXPECT_TRUE(violations.first());
}

TEST_F(DiskChecks, AChangeThatIsListedOrCommittedIsNotDropped) {
    RejectedCheck check(violations);
    const wire::EntryPtr listed = change(2, 2);
    check.dropped({entry, listed});
    log.committed(node_1, {}, {}, entry);
    platters[2].rejected[listed->request] = {listed, false};
    check.nothing_is_missing(disks(), log);
    EXPECT_FALSE(violations.first());
}

TEST_F(DiskChecks, WhatOnlyALostDiskKnewNobodyCanList) {
    RejectedCheck check(violations);
    platters[1].entries = {entry};
    check.gone(platters[1]);
    check.dropped({entry});
    check.nothing_is_missing(disks(), log);
    EXPECT_FALSE(violations.first());
    check.dropped({change(1, 2)});
    check.nothing_is_missing(disks(), log);
    EXPECT_TRUE(violations.first()) << "it was not on the disk that is lost";
}

TEST_F(DiskChecks, WhatWasAppliedIsNotListedAsRejected) {
    RejectedCheck check(violations);
    log.committed(node_1, {}, {}, entry);
    platters[0].rejected[entry->request] = {entry, false};
    check.nothing_was_applied(platters[0], log);
    EXPECT_TRUE(violations.first());
}

TEST_F(DiskChecks, TreesAreEqualWhereTheLogsAre) {
    TreeCheck check(violations);
    check.stands(node_1, LogIndex(1), entry->chain, Sha256{1});
    check.stands(NodeId(2), LogIndex(1), change(1, 2)->chain, Sha256{2});
    check.stands(NodeId(2), LogIndex(1), entry->chain, Sha256{1});
    EXPECT_FALSE(violations.first());
    check.stands(NodeId(3), LogIndex(1), entry->chain, Sha256{2});
    EXPECT_TRUE(violations.first());
}

}  // namespace
}  // namespace pmx::sim
