#include <gmock/gmock.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "control/cluster_for_tests.h"
#include "tools/pmxctl/command_fixture.h"

namespace pmx::pmxctl {
namespace {

using Cluster = control::ClusterForTests;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class StatusTest : public CommandTest {
  protected:
    StatusTest() {
        ::setenv("TZ", "UTC", 1);
        ::tzset();
        store_.told = Cluster::healthy();
    }
    ~StatusTest() override {
        ::unsetenv("TZ");
        ::tzset();
    }
    std::string status() {
        store_.told.started = SystemClock().wall() - std::chrono::minutes(5);
        EXPECT_EQ(pmxctl({"status"}), ExitCode::ok) << err_;
        return out_;
    }
    // The lines from the one with this label on, up to the next label.
    std::string after(const std::string& label) {
        const std::string text = "\n" + status();
        const std::size_t begin = text.find("\n" + label + " ");
        if (begin == std::string::npos) return "(no such line)";
        std::size_t end = text.find('\n', begin + 1);
        while (end + 1 < text.size() && text[end + 1] == ' ')
            end = text.find('\n', end + 1);
        return text.substr(begin + 1, end - begin);
    }
};

TEST_F(StatusTest, OfANodeAlone) {
    store_.told = {};
    store_.read_only_reason = "no space left: free some";
    store_.refuse_with = Code::read_only;
    EXPECT_THAT(status(),
                AllOf(HasSubstr("node          one (id 1), one node alone\n"),
                      HasSubstr("state         READ-ONLY\n"
                                "              no space left: free some\n"),
                      HasSubstr("/etc/pve"), Not(HasSubstr("quorum")), Not(HasSubstr("VOTER"))));
}

TEST_F(StatusTest, OfAHealthyCluster) {
    const std::string text = status();
    const std::size_t usage = text.find("space  ");
    ASSERT_NE(usage, std::string::npos);
    EXPECT_EQ(text.substr(0, usage),
              "node          one (id 1)\n"
              "cluster       demo (id c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1)\n"
              "mounted at    /etc/pve\n"
              "daemon        pmxcfs-lite " PMX_VERSION
              ", up 5 min\n"
              "state         writable\n"
              "quorum        yes: 3 of 3 voters here, 2 needed\n"
              "view          7@2, led by two, level 1\n"
              "log           last 1204, durable 1204, committed 1204, applied 6\n"
              "waiting       0 changes, 0 B\n");
    EXPECT_THAT(text,
                testing::EndsWith("\n"
                                  "ID  NODE   ADDRESS   VOTER  DURABLE  LAG  STATE\n"
                                  " 1  one    10.0.0.1  yes       1204    0  this node, in step\n"
                                  " 2  two    10.0.0.2  yes       1204    0  leads, in step\n"
                                  " 3  three  10.0.0.3  yes       1200    4  in step\n"));
}

TEST_F(StatusTest, AQuorumDeviceIsNamed) {
    EXPECT_EQ(after("quorum device"), "(no such line)");
    store_.told.membership.list.quorum_device = ports::QuorumDevice{"net", "ffsplit", "10.0.0.9"};
    EXPECT_THAT(after("quorum device"),
                testing::StartsWith("quorum device ffsplit on 10.0.0.9: half of the voters can"));
    store_.told.membership.list.quorum_device = ports::QuorumDevice{"net", "", ""};
    EXPECT_THAT(after("quorum device"), testing::StartsWith("quorum device net: half of"));
}

TEST_F(StatusTest, WithoutQuorumItSaysWhyAndWhatToDo) {
    Cluster::close_view(store_.told, false);
    const WallTime noon = wall_from_ns(1'800'014'400'000'000'000);
    Cluster::lose(store_.told, Cluster::two, noon, false);
    Cluster::lose(store_.told, Cluster::three, std::nullopt);
    store_.refuse_with = Code::read_only;
    EXPECT_THAT(after("state"),
                AllOf(HasSubstr("READ-ONLY\n              No quorum: of 3 voters, one is here, and "
                                "2 are needed."),
                      HasSubstr("pmxctl"), HasSubstr("force-quorum.\n")));
    EXPECT_EQ(after("quorum"),
              "quorum        NO: 1 of 3 voters here, 2 needed; corosync says no\n");
    EXPECT_EQ(after("view"), "view          none open, level 1\n");
    EXPECT_THAT(out_, HasSubstr("one    10.0.0.1  yes       1204    0  this node\n"));
    EXPECT_THAT(out_, HasSubstr("pmxcfs-lite is down since 2027-01-15 12:00:00\n"));
    EXPECT_THAT(out_, HasSubstr("three  10.0.0.3  yes                  not seen yet\n"));
    for (std::size_t begin = 0; begin < out_.find("\n\n");) {
        const std::size_t end = out_.find('\n', begin);
        EXPECT_LE(end - begin, 80U) << out_.substr(begin, end - begin);
        begin = end + 1;
    }
}

TEST_F(StatusTest, ANodeThatIsAwaySaysSinceWhen) {
    Cluster::lose(store_.told, Cluster::three, wall_from_ns(1'800'014'400'000'000'000));
    EXPECT_THAT(status(), HasSubstr("away since 2027-01-15 12:00:00\n"));
    EXPECT_EQ(after("quorum"), "quorum        yes: 2 of 3 voters here, 2 needed\n");
}

TEST_F(StatusTest, CatchingUpShowsHowFarItIs) {
    store_.told.replica.catching_up = {
        .snapshot = true, .from = Cluster::two, .done = 1200, .total = 5000};
    EXPECT_EQ(after("catching up"), "catching up   1200 of 5000 inodes (24 %) from two\n");
    store_.told.replica.catching_up = {.snapshot = false, .from = NodeId(9), .done = 7, .total = 0};
    EXPECT_EQ(after("catching up"), "catching up   7 log entries from node 9\n");
}

TEST_F(StatusTest, TheScrubsResult) {
    EXPECT_EQ(after("scrub"), "(no such line)");
    store_.told.replica.scrub.index = LogIndex(1100);
    EXPECT_EQ(after("scrub"), "scrub         equal on all nodes at index 1100\n");
    store_.told.replica.scrub.differing = {Cluster::one, Cluster::three};
    EXPECT_THAT(after("scrub"), HasSubstr("DIFFERENT at index 1100: one and three"));
    store_.told.replica.scrub.without_majority = true;
    EXPECT_THAT(after("scrub"), HasSubstr("nobody can say who is right"));
}

TEST_F(StatusTest, RefusalsAndStrangersAreTold) {
    store_.told.replica.peers[0].refusal = "it belongs to another cluster; to join this one: ...";
    store_.told.replica.peers[1].voter = false;
    EXPECT_EQ(after("refused"),
              "refused       two: it belongs to another cluster; to join this one: ...\n");
    EXPECT_THAT(out_, HasSubstr("yes       1204    0  REFUSED\n"));
    EXPECT_THAT(out_, HasSubstr("yes       1200    4  another database\n"));
    EXPECT_THAT(out_, HasSubstr("1 of 3 voters here"));
}

TEST_F(StatusTest, ALevelThatThisProgramDoesNotKnow) {
    EXPECT_EQ(after("level"), "(no such line)");
    store_.told.replica.level = replica::highest_level;
    EXPECT_EQ(after("level"), "(no such line)");
    store_.told.replica.level = replica::highest_level + 1;
    EXPECT_EQ(after("level"), "level         " + std::to_string(replica::highest_level + 1) +
                                  ", and this pmxcfs-lite knows " +
                                  std::to_string(replica::highest_level) + ": upgrade it\n");
}

TEST_F(StatusTest, WhatIsNotAsItShouldBeIsTold) {
    EXPECT_EQ(after("warning"), "(no such line)");
    store_.told.warnings = {"the clock of node 2 is 3600 seconds ahead of this one's"};
    EXPECT_EQ(after("warning"),
              "warning       the clock of node 2 is 3600 seconds ahead of this one's\n");
}

TEST_F(StatusTest, ChangesThatLostOutAreAnnounced) {
    EXPECT_EQ(after("conflicts"), "(no such line)");
    store_.told.rejected_requests = 1;
    EXPECT_THAT(after("conflicts"), AllOf(HasSubstr("1 change that this node had lost out"),
                                          HasSubstr("pmxctl conflicts\n")));
}

TEST_F(StatusTest, LocksWithTheirHolders) {
    store_.make_directory("priv/lock/backup-100");
    EXPECT_THAT(after("locks held"),
                testing::ContainsRegex("locks held    1\n +backup-100 by one, renewed .* ago\n"));
    EXPECT_EQ(pmxctl({"lock", "list"}), ExitCode::ok);
    EXPECT_THAT(out_, testing::ContainsRegex("backup-100  one "));
}

TEST_F(StatusTest, LogAndStatNameTheNode) {
    store_.write_file("a", "x");
    EXPECT_EQ(pmxctl({"log", "a"}), ExitCode::ok);
    EXPECT_THAT(out_, testing::ContainsRegex("  one +"));
    EXPECT_EQ(pmxctl({"stat", "a"}), ExitCode::ok);
    EXPECT_THAT(out_, HasSubstr(" by node one\n"));
}

TEST_F(StatusTest, NamesCannotDriveTheTerminal) {
    store_.told.membership.list.nodes[1].name = "two\x1b[2J";
    store_.told.replica.peers[0].refusal = "a\x1b[31mb";
    EXPECT_EQ(status().find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace pmx::pmxctl
