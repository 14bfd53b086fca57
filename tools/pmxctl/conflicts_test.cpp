#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "control/cluster_for_tests.h"
#include "control/conflicts.h"
#include "control/lost_changes_for_tests.h"
#include "control/member_desk.h"
#include "tools/pmxctl/command_fixture.h"

namespace pmx::pmxctl {
namespace {

using control::lost_change;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using Kind = tree::ChangeKind;

class ConflictsTest : public CommandTest {
  protected:
    ConflictsTest() {
        ::setenv("TZ", "UTC", 1);
        ::tzset();
        store_.told = control::ClusterForTests::healthy();
        store_.write_file("a.cfg", "one\ntwo\n");
        lose({lost_change(1, Kind::modified, "a.cfg", "one\ntwo\n", "one\n2\n")});
    }
    ~ConflictsTest() override {
        ::unsetenv("TZ");
        ::tzset();
    }
    void lose(std::vector<ports::RejectedChange> changes) {
        store_.lost = std::move(changes);
        id_ = control::group_by_request(store_.lost).front().id;
    }
    // With `answer` on standard input.
    ExitCode apply(const std::string& answer, std::vector<std::string> more = {}) {
        std::istringstream input(answer);
        auto* const before = std::cin.rdbuf(input.rdbuf());
        std::cin.clear();
        more.insert(more.begin(), {"conflicts", "apply", id_});
        const ExitCode code = pmxctl(std::move(more));
        std::cin.rdbuf(before);
        return code;
    }

    std::string id_;
};

TEST_F(ConflictsTest, AreListedAFileALine) {
    EXPECT_EQ(pmxctl({"conflicts"}), ExitCode::ok);
    EXPECT_THAT(out_, HasSubstr(id_ + "  2027-01-15 12:00:00  two   root  vim      modified  as "
                                      "before it  a.cfg\n"));
    const std::string without_word = out_;
    EXPECT_EQ(pmxctl({"conflicts", "list"}), ExitCode::ok);
    EXPECT_EQ(out_, without_word);
    store_.lost.clear();
    EXPECT_EQ(pmxctl({"conflicts"}), ExitCode::ok);
    EXPECT_EQ(out_, "nothing has lost out\n");
}

TEST_F(ConflictsTest, OneIsShownWithTheLinesItChanged) {
    EXPECT_EQ(pmxctl({"conflicts", "show", id_}), ExitCode::ok) << err_;
    EXPECT_EQ(out_, "change        " + id_ +
                        " (index 1201 in view 7@2)\n"
                        "made          2027-01-15 12:00:00 on two by root with vim[123]\n"
                        "acknowledged  perhaps: the nodes that list it had not heard so\n"
                        "\n"
                        "modified      a.cfg; now as before it\n"
                        "--- a.cfg (before)\n"
                        "+++ a.cfg (the change that lost out)\n"
                        "@@ -1,2 +1,2 @@\n"
                        " one\n"
                        "-two\n"
                        "+2\n");
    EXPECT_EQ(pmxctl({"conflicts", "show", "ffff"}), ExitCode::failed);
    EXPECT_THAT(err_, HasSubstr("no change with the id"));
}

TEST_F(ConflictsTest, AFileThatWasChangedSinceIsShownThatWayToo) {
    store_.write_file("a.cfg", "theirs\n");
    EXPECT_EQ(pmxctl({"conflicts", "show", id_}), ExitCode::ok) << err_;
    EXPECT_THAT(out_, AllOf(HasSubstr("a.cfg; now different\n"), HasSubstr("--- a.cfg (before)\n"),
                            HasSubstr("--- a.cfg (now)\n+++ a.cfg (made again)\n"),
                            HasSubstr("-theirs\n")));
}

TEST_F(ConflictsTest, WhatIsNotKnownIsSaid) {
    lose({lost_change(1, Kind::modified, "a.cfg", {}, {}),
          lost_change(1, Kind::removed, "b.cfg", {}, {}),
          lost_change(1, Kind::modified, "c.cfg", {}, "after\n"),
          control::of_directory(lost_change(1, Kind::created, "d"))});
    EXPECT_EQ(pmxctl({"conflicts", "show", id_}), ExitCode::ok) << err_;
    EXPECT_THAT(out_, AllOf(HasSubstr("(what it made of the file is not known any more)"),
                            HasSubstr("(what the file held before is not known any more)"),
                            HasSubstr("--- c.cfg (before: not known)"),
                            HasSubstr("created       d/; now as before it\n")));
}

TEST_F(ConflictsTest, TheTerminalIsNotDriven) {
    lose({lost_change(1, Kind::modified, "a.cfg", "x\n", "a\tb\x1b[2J\xc2\x9b\n")});
    EXPECT_EQ(pmxctl({"conflicts", "show", id_}), ExitCode::ok) << err_;
    EXPECT_THAT(out_, HasSubstr("+a\tb?[2J\\u009b\n"));
}

TEST_F(ConflictsTest, ApplyingShowsWhatItDoesAndAsks) {
    store_.write_file("a.cfg", "theirs\n");
    for (const char* answer : {"", "n\n", "no\n", "Y\n"}) {
        EXPECT_EQ(apply(answer), ExitCode::failed) << answer;
        EXPECT_THAT(err_, AllOf(HasSubstr("-theirs\n"), HasSubstr("+2\n"),
                                HasSubstr("nothing was changed")));
        EXPECT_EQ(store_.content_of("a.cfg"), "theirs\n");
    }
    EXPECT_EQ(apply("y\n"), ExitCode::ok) << err_;
    EXPECT_THAT(out_, testing::StartsWith("index "));
    EXPECT_EQ(store_.content_of("a.cfg"), "one\n2\n");
    EXPECT_TRUE(store_.lost.empty());
}

TEST_F(ConflictsTest, ApplyingWithoutAsking) {
    EXPECT_EQ(apply("", {"--yes", "--json"}), ExitCode::ok) << err_;
    EXPECT_GT(json::parse(out_)["index"], 0);
    EXPECT_EQ(err_, "");
    EXPECT_EQ(store_.content_of("a.cfg"), "one\n2\n");

    lose({lost_change(1, Kind::modified, "a.cfg", "one\ntwo\n", "one\n2\n")});
    EXPECT_EQ(apply("", {"--yes"}), ExitCode::ok) << err_;
    EXPECT_EQ(out_, "the files are so already; it is off the list\n");
}

TEST_F(ConflictsTest, WhatChangesWhileSomebodyLooksIsKept) {
    store_.before_next_submit = [this] { store_.write_file("a.cfg", "meanwhile\n"); };
    EXPECT_EQ(apply("y\n"), ExitCode::failed);
    EXPECT_THAT(err_, HasSubstr("meanwhile"));
    EXPECT_EQ(store_.content_of("a.cfg"), "meanwhile\n");
    EXPECT_EQ(store_.lost.size(), 1U);
}

// Node two, whose daemon this one can ask; node three is online and does not answer.
class ConflictsOfTwoTest : public ConflictsTest {
  protected:
    ConflictsOfTwoTest() {
        members_.connect(NodeId(2), other_members_);
        other_store_.write_file("b.cfg", "theirs\n");
        other_store_.lost = {lost_change(2, Kind::modified, "b.cfg", "theirs\n", "mine\n")};
        other_id_ = control::group_by_request(other_store_.lost).front().id;
    }

    control::StoreForTests other_store_;
    control::MembersForTests other_members_;
    control::Dispatcher other_{other_store_, &other_members_, nullptr, "/etc/pve"};
    control::MemberDesk desk_{other_members_, other_};
    std::string other_id_;
};

TEST_F(ConflictsOfTwoTest, AreListedTogetherAndWhoCouldNotBeAskedIsNamed) {
    other_store_.lost.push_back(store_.lost.front());
    EXPECT_EQ(pmxctl({"conflicts"}), ExitCode::ok) << err_;
    EXPECT_THAT(out_, AllOf(HasSubstr("a.cfg"), HasSubstr("b.cfg")));
    EXPECT_EQ(out_.find("a.cfg"), out_.rfind("a.cfg")) << "on both nodes, listed once";
    EXPECT_THAT(err_, HasSubstr("not asked: three (its daemon is not in the group); it may list"));
    EXPECT_EQ(pmxctl({"--json", "conflicts"}), ExitCode::ok);
    const json listed = json::parse(out_);
    EXPECT_EQ(listed["conflicts"][0]["listed_on"], (json{1, 2}));
    EXPECT_EQ(listed["conflicts"][1]["listed_on"], (json{2}));
    EXPECT_EQ(listed["missing"][0]["node"], 3);
}

TEST_F(ConflictsOfTwoTest, AnotherNodesIsShownAndMadeAgainFromHere) {
    EXPECT_EQ(pmxctl({"conflicts", "show", other_id_}), ExitCode::ok) << err_;
    EXPECT_THAT(out_, HasSubstr("+mine\n"));
    EXPECT_EQ(pmxctl({"conflicts", "apply", other_id_, "--yes"}), ExitCode::ok) << err_;
    EXPECT_EQ(other_store_.content_of("b.cfg"), "mine\n");
    EXPECT_TRUE(other_store_.lost.empty());
}

TEST_F(ConflictsOfTwoTest, WhatIsMadeAgainIsTakenOffEveryList) {
    other_store_.lost.push_back(store_.lost.front());
    EXPECT_EQ(apply("", {"--yes"}), ExitCode::ok) << err_;
    EXPECT_TRUE(store_.lost.empty());
    EXPECT_EQ(other_store_.lost.size(), 1U);
}

TEST_F(ConflictsOfTwoTest, AreForgottenOnAllNodes) {
    other_store_.lost.push_back(store_.lost.front());
    EXPECT_EQ(pmxctl({"conflicts", "forget", "--all"}), ExitCode::ok) << err_;
    EXPECT_EQ(out_, "2 changes forgotten\n");
    EXPECT_TRUE(store_.lost.empty());
    EXPECT_TRUE(other_store_.lost.empty());
}

TEST_F(ConflictsTest, Forgetting) {
    lose({lost_change(1, Kind::modified, "a.cfg"), lost_change(2, Kind::modified, "b.cfg"),
          lost_change(3, Kind::modified, "c.cfg")});
    EXPECT_EQ(pmxctl({"conflicts", "forget", id_}), ExitCode::ok) << err_;
    EXPECT_EQ(out_, "1 change forgotten\n");
    EXPECT_EQ(pmxctl({"conflicts", "forget", "--all"}), ExitCode::ok) << err_;
    EXPECT_EQ(out_, "2 changes forgotten\n");
    EXPECT_EQ(store_.content_of("a.cfg"), "one\ntwo\n");
}

}  // namespace
}  // namespace pmx::pmxctl
