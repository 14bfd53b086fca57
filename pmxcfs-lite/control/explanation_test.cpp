#include "control/explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/cluster_for_tests.h"

namespace pmx::control {
namespace {

using Cluster = ClusterForTests;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr WallTime now{std::chrono::seconds(1'000'000)};

std::string why(const ports::StoreStatus& status) {
    return why_read_only(status, now);
}

TEST(WhyReadOnly, NothingToSayOfAStoreThatCanBeWritten) {
    EXPECT_EQ(why(Cluster::healthy()), "");
}

TEST(WhyReadOnly, TheDaemonsOwnReasonComesFirst) {
    auto status = Cluster::healthy();
    Cluster::close_view(status, false);
    status.read_only_reason = "the database was damaged";
    EXPECT_EQ(why(status), "the database was damaged");
}

TEST(WhyReadOnly, WithoutQuorumItSaysWhoIsMissingSinceWhenAndWhatToDo) {
    auto status = Cluster::healthy();
    Cluster::close_view(status, false);
    Cluster::lose(status, Cluster::two, now - std::chrono::seconds(200));
    Cluster::lose(status, Cluster::three, std::nullopt);
    EXPECT_EQ(why(status),
              "No quorum: of 3 voters, one is here, and 2 are needed. "
              "Missing: two (gone for 3 min 20 s) and three (not seen since this daemon started). "
              "Reading goes on; what writes gets 'Read-only file system'. "
              "Start two and three, or mend the network and corosync between here and there. "
              "Only if they are lost for good, on the one node that goes on: "
              "pmxctl cluster force-quorum.");
}

TEST(WhyReadOnly, ANodeThatIsBehindWarnsOfForcingQuorumHere) {
    auto status = Cluster::healthy();
    Cluster::close_view(status, false);
    Cluster::lose(status, Cluster::two, now);
    Cluster::lose(status, Cluster::three, now);
    EXPECT_THAT(why(status), Not(HasSubstr("BEHIND")));
    status.replica.ahead = replica::Ahead{Cluster::three, LogIndex(1210)};
    EXPECT_THAT(why(status), HasSubstr("This node is BEHIND: its log ends at index 1204, that of "
                                       "three went on to 1210 at least."));
}

TEST(WhyReadOnly, AForcingSaysForWhomItWaitsAndWhatHelps) {
    auto status = Cluster::healthy();
    Cluster::close_view(status, false);
    Cluster::lose(status, Cluster::two, now);
    EXPECT_THAT(why(status), Not(HasSubstr("being forced")));
    status.replica.forcing = true;
    EXPECT_THAT(why(status), HasSubstr("Quorum is being forced."));
    status.replica.waiting_for = {Cluster::three};
    EXPECT_THAT(why(status),
                AllOf(HasSubstr("being forced; this waits for three, which must answer"),
                      HasSubstr("stop pmxcfs-lite there, and force quorum again")));
}

TEST(WhyReadOnly, AFullDisk) {
    auto status = Cluster::healthy();
    status.writable = Code::no_space;
    EXPECT_THAT(why(status), HasSubstr("The disk under the state directory is full"));
}

TEST(WhyReadOnly, ANodeThatRunsWithoutTheDaemonNeedsOnlyThat) {
    auto status = Cluster::healthy();
    Cluster::close_view(status, true);
    Cluster::lose(status, Cluster::two, now, false);
    Cluster::lose(status, Cluster::three, now);
    EXPECT_THAT(why(status),
                AllOf(HasSubstr("corosync runs on two, but pmxcfs-lite does not: start it there"),
                      HasSubstr("Start three, or mend")));
}

TEST(WhyReadOnly, QuorumGrantedToFewerWhoMayNotHaveAll) {
    auto status = Cluster::healthy();
    status.replica.voters.pop_back();
    Cluster::close_view(status, true);
    Cluster::lose(status, Cluster::two, std::nullopt);
    EXPECT_THAT(why(status), HasSubstr("corosync grants quorum to those who are here, but"));
}

TEST(WhyReadOnly, HalfWithoutTheVoteOfTheQuorumDevice) {
    auto status = Cluster::healthy();
    status.replica.voters.pop_back();
    Cluster::close_view(status, false);
    Cluster::lose(status, Cluster::two, now);
    const auto device = HasSubstr("With the vote of the quorum device those who are here could");
    EXPECT_THAT(why(status), Not(device));
    status.membership.list.quorum_device = ports::QuorumDevice{"net", "ffsplit", "10.0.0.9"};
    EXPECT_THAT(why(status), AllOf(device, HasSubstr("`corosync-qdevice-tool -s`")));
    status.replica.quorate = true;
    EXPECT_THAT(why(status), Not(device));
}

TEST(WhyReadOnly, AQuorumDeviceCountsAmongCorosyncsVotes) {
    auto status = Cluster::healthy();
    status.membership.list.quorum_device = ports::QuorumDevice{"net", "lms", "10.0.0.9"};
    Cluster::close_view(status, false);
    Cluster::lose(status, Cluster::three, now);
    EXPECT_THAT(why(status), HasSubstr("The votes of the quorum device count, too"));
}

TEST(WhyReadOnly, AVoterWithANewDatabaseDoesNotCount) {
    auto status = Cluster::healthy();
    Cluster::close_view(status, true);
    Cluster::lose(status, Cluster::three, now);
    status.replica.peers[0].voter = false;
    EXPECT_THAT(why(status),
                AllOf(HasSubstr("one is here, and 2 are needed"),
                      HasSubstr("two is here with another database than the one that votes")));
}

TEST(WhyReadOnly, CorosyncMayCountOtherwise) {
    auto status = Cluster::healthy();
    Cluster::close_view(status, false);
    Cluster::lose(status, Cluster::three, now);
    EXPECT_THAT(why(status),
                AllOf(HasSubstr("enough voters are here (2 of 3)"), HasSubstr("wait_for_all"),
                      HasSubstr("corosync does not see three.")));
}

TEST(WhyReadOnly, ALeaderIsBeingChosen) {
    auto status = Cluster::healthy();
    Cluster::close_view(status, true);
    status.replica.waiting_for = {Cluster::three};
    EXPECT_THAT(why(status),
                HasSubstr("A leader is being chosen, for 1 min 30 s now; this waits for three."));
}

TEST(WhyReadOnly, ANewNodeSaysForWhomItWaits) {
    auto status = Cluster::healthy();
    Cluster::close_view(status, true);
    status.replica.voters.clear();
    Cluster::lose(status, Cluster::three, std::nullopt);
    EXPECT_THAT(why(status), AllOf(HasSubstr("belongs to no cluster yet"),
                                   HasSubstr("pmxcfs-lite is awaited on three.")));
}

TEST(WhyReadOnly, AClusterOfALaterLevel) {
    auto status = Cluster::healthy();
    status.writable = Code::read_only;
    status.replica.level = replica::highest_level + 1;
    const std::string level = std::to_string(replica::highest_level + 1);
    EXPECT_THAT(why(status),
                AllOf(HasSubstr("rules of level " + level), HasSubstr("Upgrade pmxcfs-lite"),
                      Not(HasSubstr("force-quorum"))));
}

TEST(WhyReadOnly, RefusalsAreTold) {
    auto status = Cluster::healthy();
    Cluster::close_view(status, false);
    Cluster::lose(status, Cluster::three, now);
    status.replica.peers[0].refusal = "it belongs to another cluster: pmxctl cluster join there";
    EXPECT_THAT(why(status),
                AllOf(HasSubstr("one is here"), HasSubstr("two: it belongs to another cluster")));
}

TEST(WhyReadOnly, ANodeAloneThatHasJustStarted) {
    ports::StoreStatus status;
    status.writable = Code::read_only;
    EXPECT_THAT(why(status), HasSubstr("just started"));
    status.writable = Code::shutting_down;
    EXPECT_EQ(why(status), "The daemon is stopping.");
}

}  // namespace
}  // namespace pmx::control
