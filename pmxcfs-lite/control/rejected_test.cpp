// The requests about changes that lost out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "control/cluster_for_tests.h"
#include "control/dispatcher.h"
#include "control/lost_changes_for_tests.h"
#include "control/store_for_tests.h"

namespace pmx::control {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using Kind = tree::ChangeKind;

class RejectedTest : public testing::Test {
  protected:
    RejectedTest() {
        store_.told = ClusterForTests::healthy();
        store_.write_file("storage.cfg", "old\n");
        store_.lost = {lost_change(1, Kind::modified, "storage.cfg", "old\n", "new\n"),
                       lost_change(2, Kind::created, "priv/secret", {}, "hush")};
        store_.lost[1].committed = true;
    }

    json ask_as(uid_t uid, json request) {
        request["version"] = 1;
        return json::parse(
            dispatcher_.answer({.uid = uid, .gid = uid, .pid = ::getpid()}, request.dump()));
    }
    json ask(json request) { return ask_as(0, std::move(request)); }
    json ask_as_reader(json request) { return ask_as(::geteuid() + 1000, std::move(request)); }
    json list() { return ask({{"request", "rejected"}})["result"]["conflicts"]; }
    std::string id_of(std::size_t position) { return list()[position]["id"]; }
    static std::string code_of(const json& answer) {
        return answer.contains("error") ? answer["error"]["code"].get<std::string>() : "ok";
    }

    StoreForTests store_;
    Dispatcher dispatcher_{store_, nullptr, nullptr, "/etc/pve"};
};

TEST_F(RejectedTest, AreListedWithWhoAndWhatButNotWithContents) {
    const json answer = ask({{"request", "rejected"}})["result"];
    EXPECT_EQ(answer["node_name"], "one");
    ASSERT_EQ(answer["conflicts"].size(), 2U);
    const json& first = answer["conflicts"][0];
    EXPECT_EQ(first["node"], 2);
    EXPECT_EQ(first["node_name"], "two");
    EXPECT_EQ(first["program"], "vim");
    EXPECT_EQ(first["login_uid"], nullptr);
    EXPECT_EQ(first["index"], 1201);
    EXPECT_EQ(first["view"], "7@2");
    EXPECT_EQ(first["acknowledged"], false);
    EXPECT_EQ(answer["conflicts"][1]["acknowledged"], true);
    EXPECT_EQ(first["changes"],
              json::parse(R"([{"change":"modified","kind":"file","path":"storage.cfg",
                               "now":"as_then"}])"));
}

TEST_F(RejectedTest, OneIsShownWithItsContents) {
    store_.write_file("storage.cfg", "theirs\n");
    const json answer = ask({{"request", "rejected"}, {"id", id_of(0)}})["result"];
    ASSERT_EQ(answer["conflicts"].size(), 1U);
    const json& change = answer["conflicts"][0]["changes"][0];
    EXPECT_EQ(change["now"], "other");
    EXPECT_EQ(change["before_base64"], encode_base64("old\n"));
    EXPECT_EQ(change["after_base64"], encode_base64("new\n"));
    EXPECT_EQ(change["now_base64"], encode_base64("theirs\n"));
    EXPECT_EQ(change["contents_left_out"], false);
    EXPECT_EQ(code_of(ask({{"request", "rejected"}, {"id", "00"}})), "not_found");
}

TEST_F(RejectedTest, ContentsThatDoNotFitAreLeftOut) {
    const std::string large(4 << 20, 'x');
    store_.lost = {lost_change(1, Kind::modified, "a", large, large),
                   lost_change(1, Kind::modified, "b", large, large)};
    const json answer = ask({{"request", "rejected"}, {"id", id_of(0)}});
    ASSERT_EQ(code_of(answer), "ok") << answer.dump().substr(0, 200);
    const json& changes = answer["result"]["conflicts"][0]["changes"];
    EXPECT_EQ(changes[0]["contents_left_out"], false);
    EXPECT_EQ(changes[1]["contents_left_out"], true);
    EXPECT_EQ(changes[1]["after_base64"], nullptr);
}

TEST_F(RejectedTest, AReaderSeesNothingPrivateAndChangesNothing) {
    const std::string open = id_of(0);
    const std::string secret = id_of(1);
    const std::string seen = ask_as_reader({{"request", "rejected"}}).dump();
    EXPECT_THAT(seen, HasSubstr("storage.cfg"));
    EXPECT_EQ(seen.find("secret"), std::string::npos);
    EXPECT_EQ(code_of(ask_as_reader({{"request", "rejected"}, {"id", open}})), "ok");
    EXPECT_EQ(code_of(ask_as_reader({{"request", "rejected"}, {"id", secret}})), "access_denied");
    for (const char* request : {"rejected_apply", "rejected_forget"}) {
        EXPECT_EQ(code_of(ask_as_reader({{"request", request}, {"id", open}})),
                  "permission_denied");
    }
    // A secret that was renamed into the open, and one among open files.
    store_.lost = {lost_rename(1, "priv/secret", "open", "x"),
                   lost_change(2, Kind::modified, "a", "1", "2"),
                   lost_change(2, Kind::modified, "nodes/one/priv/secret", "1", "2")};
    const std::string again = ask_as_reader({{"request", "rejected"}, {"id", id_of(1)}}).dump();
    EXPECT_THAT(again, HasSubstr("\"a\""));
    EXPECT_EQ(again.find("secret"), std::string::npos);
    EXPECT_EQ(ask_as_reader({{"request", "rejected"}}).dump().find("secret"), std::string::npos);
}

TEST_F(RejectedTest, AReaderSeesNothingThatAModeKept) {
    const auto seen = [this] {
        return ask_as_reader({{"request", "rejected"}})["result"]["conflicts"].size();
    };
    EXPECT_EQ(seen(), 1U);
    store_.lost[0].closed = true;
    EXPECT_EQ(seen(), 0U) << "closed then";
    store_.lost[0].closed = false;
    store_.change(tree::SetPermissions{{.path = "storage.cfg"}, 0600, {}});
    EXPECT_EQ(seen(), 0U) << "closed now";
}

TEST_F(RejectedTest, ApplyingOneWritesItAgainAndTakesItOffTheList) {
    const std::uint64_t version =
        ask({{"request", "stat"}, {"path", "storage.cfg"}})["result"]["version"];
    const json expect = json::array({{{"path", "storage.cfg"}, {"version", version}}});
    const json answer =
        ask({{"request", "rejected_apply"}, {"id", id_of(0).substr(0, 5)}, {"expect", expect}});
    ASSERT_EQ(code_of(answer), "ok") << answer;
    EXPECT_EQ(store_.content_of("storage.cfg"), "new\n");
    EXPECT_GT(answer["result"]["index"], version);
    EXPECT_EQ(list().size(), 1U);
    EXPECT_EQ(store_.records.back().actor.pid, ::getpid());
}

TEST_F(RejectedTest, ApplyingWhatIsSoAlreadyOnlyTakesItOff) {
    store_.write_file("storage.cfg", "new\n");
    const json answer = ask({{"request", "rejected_apply"}, {"id", id_of(0)}});
    EXPECT_EQ(answer["result"]["index"], 0) << answer;
    EXPECT_EQ(list().size(), 1U);
}

TEST_F(RejectedTest, NothingIsOverwrittenThatTheCallerDidNotSee) {
    const json stale = json::array({{{"path", "storage.cfg"}, {"version", 1}}});
    EXPECT_EQ(code_of(ask({{"request", "rejected_apply"}, {"id", id_of(0)}, {"expect", stale}})),
              "version_mismatch");
    store_.before_next_submit = [this] { store_.write_file("storage.cfg", "meanwhile"); };
    EXPECT_EQ(code_of(ask({{"request", "rejected_apply"}, {"id", id_of(0)}})), "version_mismatch");
    EXPECT_EQ(store_.content_of("storage.cfg"), "meanwhile");
    EXPECT_EQ(list().size(), 2U);
}

TEST_F(RejectedTest, ARefusedOneStaysOnTheList) {
    store_.refuse_with = Code::read_only;
    EXPECT_EQ(code_of(ask({{"request", "rejected_apply"}, {"id", id_of(0)}})), "read_only");
    EXPECT_EQ(list().size(), 2U);
}

TEST_F(RejectedTest, AreForgottenOneByOneOrAll) {
    EXPECT_EQ(ask({{"request", "rejected_forget"}, {"id", id_of(0)}})["result"]["forgotten"], 1);
    ASSERT_EQ(list().size(), 1U);
    EXPECT_EQ(list()[0]["changes"][0]["path"], "priv/secret");
    EXPECT_EQ(ask({{"request", "rejected_forget"}, {"all", true}})["result"]["forgotten"], 1);
    EXPECT_EQ(ask({{"request", "rejected_forget"}, {"all", true}})["result"]["forgotten"], 0);
    for (const json& request : std::vector<json>{
             {{"request", "rejected_forget"}},
             {{"request", "rejected_forget"}, {"all", false}},
             {{"request", "rejected_forget"}, {"all", true}, {"id", "12345678"}},
             {{"request", "rejected_apply"}},
             {{"request", "rejected_apply"}, {"id", "12345678"}, {"expect", {{{"version", 1}}}}},
             {{"request", "rejected"}, {"id", 12345678}}}) {
        EXPECT_EQ(code_of(ask(request)), "invalid_argument") << request;
    }
}

}  // namespace
}  // namespace pmx::control
