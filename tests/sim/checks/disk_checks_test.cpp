// The checks of what disks have bite.
#include <gtest/gtest.h>

#include "tests/sim/checks/quorum_check.h"
#include "tests/sim/checks/rejected_check.h"
#include "tests/sim/checks/tree_check.h"

namespace pmx::sim {
namespace {

constexpr NodeId node_1{1};

wire::EntryPtr change(std::uint64_t index, std::uint64_t request) {
    wire::Entry entry;
    entry.index = LogIndex(index);
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
    Violations violations;
    Platter platters[3];
    replica::VoterList voters;
    wire::EntryPtr entry = change(1, 1);
};

TEST_F(DiskChecks, AnEntryOnAMajorityIsCommitted) {
    QuorumCheck check(violations);
    platters[0].entries = {entry};
    platters[2].entries = {entry};
    check.committed(*entry, disks(), voters);
    EXPECT_FALSE(violations.first());
}

TEST_F(DiskChecks, AnEntryOnOneDiskIsNot) {
    QuorumCheck check(violations);
    platters[0].entries = {entry};
    platters[1].entries = {change(1, 2)};
    check.committed(*entry, disks(), voters);
    EXPECT_TRUE(violations.first());
}

TEST_F(DiskChecks, AnotherDiskOfTheNodeIsNoVoter) {
    QuorumCheck check(violations);
    platters[0].entries = {entry};
    platters[1].entries = {entry};
    platters[1].id.bytes[1] = 9;
    check.committed(*entry, disks(), voters);
    EXPECT_TRUE(violations.first());
}

TEST_F(DiskChecks, ADiskThatIsGoneHadWhatItHad) {
    QuorumCheck check(violations);
    platters[0].entries = {entry};
    platters[1].entries = {entry};
    check.gone(platters[1]);
    platters[1] = {};
    check.committed(*entry, disks(), voters);
    EXPECT_FALSE(violations.first());
}

TEST_F(DiskChecks, AChangeIsNotDroppedInSilence) {
    LogCheck log(violations, false);
    RejectedCheck check(violations);
    check.dropped({entry});
    check.nothing_is_missing(disks(), log);
    EXPECT_TRUE(violations.first());
}

TEST_F(DiskChecks, AChangeThatIsListedOrCommittedIsNotDropped) {
    LogCheck log(violations, false);
    RejectedCheck check(violations);
    const wire::EntryPtr listed = change(2, 2);
    check.dropped({entry, listed});
    log.committed(node_1, {}, {}, entry);
    platters[2].rejected[listed->request] = {listed, false};
    check.nothing_is_missing(disks(), log);
    EXPECT_FALSE(violations.first());
}

TEST_F(DiskChecks, WhatOnlyALostDiskKnewNobodyCanList) {
    LogCheck log(violations, false);
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
    LogCheck log(violations, false);
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
