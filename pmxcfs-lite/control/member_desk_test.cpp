// What one node's administrator asks another node's daemon.
#include "control/member_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <future>
#include <nlohmann/json.hpp>

#include "control/lost_changes_for_tests.h"
#include "control/members_for_tests.h"
#include "control/store_for_tests.h"

namespace pmx::control {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using Kind = tree::ChangeKind;

class MemberDeskTest : public testing::Test {
  protected:
    MemberDeskTest() {
        here_.connect(NodeId(2), there_);
        other_store_.write_file("storage.cfg", "old\n");
        other_store_.lost = {lost_change(1, Kind::modified, "storage.cfg", "old\n", "new\n"),
                             lost_change(2, Kind::created, "priv/secret", {}, "hush")};
    }

    json ask_as(uid_t uid, json request) {
        request.emplace("version", 1);
        return json::parse(
            dispatcher_.answer({.uid = uid, .gid = uid, .pid = ::getpid()}, request.dump()));
    }
    json ask(json request) { return ask_as(0, std::move(request)); }
    static std::string code_of(const json& answer) {
        return answer.contains("error") ? answer["error"]["code"].get<std::string>() : "ok";
    }

    StoreForTests store_;
    StoreForTests other_store_;
    MembersForTests here_;
    MembersForTests there_;
    Dispatcher dispatcher_{store_, &here_, nullptr, "/etc/pve"};
    Dispatcher other_{other_store_, &there_, nullptr, "/etc/pve"};
    MemberDesk desk_{there_, other_};
};

TEST_F(MemberDeskTest, AnAdministratorSeesWhatLostOutOnAnotherNode) {
    EXPECT_TRUE(ask({{"request", "rejected"}})["result"]["conflicts"].empty());
    const json answer = ask({{"request", "rejected"}, {"node", 2}});
    ASSERT_EQ(code_of(answer), "ok") << answer;
    EXPECT_EQ(answer["result"]["conflicts"].size(), 2U) << "priv/ too";
}

TEST_F(MemberDeskTest, WhatItAppliesThereIsTheCallersDoing) {
    const std::string id =
        ask({{"request", "rejected"}, {"node", 2}})["result"]["conflicts"][0]["id"];
    const json answer = ask({{"request", "rejected_apply"}, {"node", 2}, {"id", id}});
    ASSERT_EQ(code_of(answer), "ok") << answer;
    EXPECT_EQ(other_store_.content_of("storage.cfg"), "new\n");
    EXPECT_EQ(other_store_.records.back().actor.pid, ::getpid());
    EXPECT_EQ(other_store_.lost.size(), 1U);
    EXPECT_EQ(ask({{"request", "rejected_forget"}, {"node", 2}, {"all", true}})["result"],
              (json{{"forgotten", 1}}));
    EXPECT_TRUE(other_store_.lost.empty());
}

TEST_F(MemberDeskTest, TheErrorOfTheOtherNodeIsTheCallers) {
    EXPECT_EQ(code_of(ask({{"request", "rejected"}, {"node", 2}, {"id", "ffff"}})), "not_found");
    EXPECT_EQ(code_of(ask({{"request", "rejected"}, {"node", 2}, {"what", 1}})),
              "invalid_argument");
    EXPECT_EQ(code_of(ask({{"request", "rejected"}, {"node", 3}})), "not_found");
}

TEST_F(MemberDeskTest, WhoMayOnlyReadAsksNoOtherNode) {
    const json answer = ask_as(::geteuid() + 1000, {{"request", "rejected"}, {"node", 2}});
    EXPECT_EQ(code_of(answer), "permission_denied");
    EXPECT_TRUE(here_.asked.empty());
}

TEST_F(MemberDeskTest, OnlyWhatANodeHasOfItsOwnIsAskedOfIt) {
    EXPECT_EQ(code_of(ask({{"request", "status"}, {"node", 2}})), "not_supported");
    EXPECT_EQ(code_of(ask({{"request", "rejected"}, {"node", "two"}})), "invalid_argument");
    EXPECT_EQ(code_of(ask({{"request", "rejected"}, {"node", 0}})), "invalid_argument");
    EXPECT_TRUE(here_.asked.empty());
    for (const char* request :
         {R"({"version":1,"request":"status","actor":{"program":"x"}})",
          R"({"version":1,"request":"rejected"})",
          R"({"version":1,"request":"rejected","actor":{"program":7}})",
          R"({"version":2,"request":"rejected","actor":{"program":"x"}})", "garbage", ""}) {
        EXPECT_TRUE(json::parse(other_.answer_member(request)).contains("error")) << request;
    }
}

TEST_F(MemberDeskTest, AnAnswerThatIsTooLongForTheRingSaysSo) {
    for (std::uint64_t i = 3; i < 3000; ++i) {
        other_store_.lost.push_back(
            lost_change(i, Kind::modified, std::string(400, 'x') + std::to_string(i), "a", "b"));
    }
    const json answer = ask({{"request", "rejected"}, {"node", 2}});
    EXPECT_EQ(code_of(answer), "file_too_large");
    EXPECT_THAT(answer["error"]["message"].get<std::string>(), HasSubstr("on node one itself"));
}

TEST_F(MemberDeskTest, WhoWaitsForAnotherNodeIsLetGoWhenTheDaemonStops) {
    here_.hold = true;
    auto answer = std::async(std::launch::async, [this] {
        return ask({{"request", "rejected"}, {"node", 2}});
    });
    dispatcher_.stop();
    EXPECT_EQ(code_of(answer.get()), "shutting_down");
}

}  // namespace
}  // namespace pmx::control
