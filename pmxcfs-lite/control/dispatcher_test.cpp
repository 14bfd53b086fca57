#include "control/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <future>
#include <nlohmann/json.hpp>
#include <set>

#include "base/bytes.h"
#include "base/sha256.h"
#include "control/cluster_for_tests.h"
#include "control/store_for_tests.h"
#include "tree/limits.h"

namespace pmx::control {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class RecoveryForTests final : public Recovery {
  public:
    [[nodiscard]] std::optional<Diagnosis> describe() const override {
        if (confirmed) return std::nullopt;
        return Diagnosis{.summary = "one page is torn",
                         .problems = {"page 7 is torn"},
                         .set_aside = "/state/damaged-1",
                         .whole_files = 12,
                         .lost = {"priv/secret"}};
    }
    Result<void> confirm() override {
        confirmed = true;
        return {};
    }
    bool confirmed = false;
};

class DispatcherTest : public testing::Test {
  protected:
    json ask_as(uid_t uid, json request) {
        request.emplace("version", 1);
        return json::parse(
            dispatcher_.answer({.uid = uid, .gid = uid, .pid = ::getpid()}, request.dump()));
    }
    json ask(json request) { return ask_as(0, std::move(request)); }
    json ask_as_reader(json request) { return ask_as(::geteuid() + 1000, std::move(request)); }

    static std::string code_of(const json& answer) {
        return answer.contains("error") ? answer["error"]["code"].get<std::string>() : "ok";
    }
    static std::string message_of(const json& answer) {
        return answer.contains("error") ? answer["error"]["message"].get<std::string>() : "ok";
    }
    std::uint64_t version_of(const std::string& path) {
        return ask({{"request", "stat"}, {"path", path}})["result"]["version"];
    }

    StoreForTests store_;
    RecoveryForTests recovery_;
    Dispatcher dispatcher_{store_, nullptr, nullptr, "/etc/pve"};
    Dispatcher damaged_{store_, nullptr, &recovery_, "/etc/pve"};
};

TEST_F(DispatcherTest, RefusesWhatIsNoRequest) {
    const std::string many_brackets(100'000, '[');
    for (const std::string& bytes :
         {std::string(), std::string("\0", 1), std::string("null"), std::string("[]"),
          std::string("{"), std::string("\xff\xfe"), std::string(R"({"a":"\xff"})"), many_brackets,
          R"({"request":)" + many_brackets}) {
        const json answer = json::parse(dispatcher_.answer({}, bytes));
        EXPECT_EQ(code_of(answer), "protocol_error") << bytes.substr(0, 40);
    }
    EXPECT_EQ(code_of(json::parse(dispatcher_.answer({}, "{}"))), "not_supported");
    EXPECT_EQ(code_of(ask({{"request", "status"}, {"version", 2}})), "not_supported");
    EXPECT_EQ(code_of(ask({{"request", "status"}, {"version", "1"}})), "not_supported");
    EXPECT_EQ(code_of(ask({{"request", "format_disk"}})), "not_supported");
    EXPECT_EQ(code_of(ask({{"request", 7}})), "not_supported");
}

TEST_F(DispatcherTest, RefusesArgumentsThatAreUnknownOrWrong) {
    for (const json& request : std::vector<json>{
             {{"request", "status"}, {"verbose", true}},
             {{"request", "log"}, {"limit", -1}},
             {{"request", "log"}, {"limit", 1e9}},
             {{"request", "log"}, {"limit", 10'001}},
             {{"request", "log"}, {"path", 5}},
             {{"request", "log"}, {"path", "/etc/passwd"}},
             {{"request", "log"}, {"path", "/etc/pve2/x"}},
             {{"request", "log"}, {"path", "a/../b"}},
             {{"request", "log"}, {"path", std::string("a\0b", 3)}},
             {{"request", "stat"}},
             {{"request", "sync"}, {"timeout_ms", 3'600'001}},
             {{"request", "recover"}, {"confirm", "yes"}},
             {{"request", "log_message"}},
             {{"request", "log_message"}, {"text", "two\nlines"}},
             {{"request", "log_message"}, {"text", "x"}, {"severity", 8}},
             {{"request", "log_message"}, {"text", "x"}, {"ident", std::string(65, 'x')}},
             {{"request", "log_message"}, {"text", std::string(4097, 'x')}},
         }) {
        EXPECT_EQ(code_of(ask(request)), "invalid_argument") << request;
    }
    EXPECT_EQ(code_of(ask({{"request", "stat"}, {"path", std::string(256, 'x')}})),
              "name_too_long");
}

TEST_F(DispatcherTest, AReaderMayNotChangeAnything) {
    const json edit = json::array({{{"write", "a"}, {"content", "x"}}});
    for (const json& request : std::vector<json>{{{"request", "txn"}, {"edits", edit}},
                                                 {{"request", "log_message"}, {"text", "x"}},
                                                 {{"request", "recover"}, {"confirm", true}},
                                                 {{"request", "lock_list"}}}) {
        EXPECT_EQ(code_of(ask_as_reader(request)), "permission_denied") << request;
    }
    EXPECT_EQ(store_.content_of("a"), "(no file)");
    EXPECT_EQ(code_of(ask_as(::geteuid(), {{"request", "lock_list"}})), "ok");
}

TEST_F(DispatcherTest, AReaderSeesNothingPrivate) {
    store_.write_file("priv/secret", "s");
    store_.write_file("nodes/one/priv/key", "k");
    store_.write_file("open.cfg", "o");
    store_.make_directory("priv/lock/backup-of-secret");
    store_.submit(tree::Rename{.from = {.path = "open.cfg"}, .to = {.path = "priv/hidden"}}, {},
                  ports::Store::Patience::none, [](const ports::SubmitResult&) {});
    store_.write_file("open.cfg", "again");

    const auto log = ask_as_reader({{"request", "log"}})["result"]["changes"];
    ASSERT_FALSE(log.empty());
    for (const char* word : {"secret", "key", "hidden"}) {
        EXPECT_EQ(log.dump().find(word), std::string::npos) << word;
        EXPECT_NE(ask({{"request", "log"}}).dump().find(word), std::string::npos) << word;
    }
    for (const char* path : {"priv", "priv/secret", "/etc/pve/nodes/one/priv/key", "local/priv"}) {
        for (const char* request : {"log", "stat"}) {
            EXPECT_EQ(code_of(ask_as_reader({{"request", request}, {"path", path}})),
                      "access_denied")
                << request << " " << path;
        }
    }
    const std::string status = ask_as_reader({{"request", "status"}}).dump();
    EXPECT_EQ(status.find("secret"), std::string::npos);
    EXPECT_THAT(ask({{"request", "status"}}).dump(), HasSubstr("backup-of-secret"));
}

// The same of what is no place's but a mode's: of the file itself, and of a directory on the way.
TEST_F(DispatcherTest, AReaderSeesNothingThatAModeKeepsFromTheGroup) {
    store_.write_file("users.cfg", "broken");
    store_.make_directory("d");
    store_.write_file("d/f", "x");
    const auto chmod = [this](const char* path, std::uint16_t mode) {
        store_.change(tree::SetPermissions{{.path = path}, mode, {}});
    };
    const auto stat = [this](const char* path) {
        return code_of(ask_as_reader({{"request", "stat"}, {"path", path}}));
    };
    const auto paths = [this](const json& answer) {
        std::set<std::string> found;
        for (const json& change : answer["result"]["changes"])
            found.insert(change["path"]);
        return found;
    };
    EXPECT_EQ(stat("d/f"), "ok");
    chmod("d", 0700);
    chmod("users.cfg", 0600);
    for (const char* path : {"d", "d/f", "d/none", "users.cfg"}) {
        EXPECT_EQ(stat(path), "access_denied") << path;
        EXPECT_EQ(code_of(ask_as_reader({{"request", "log"}, {"path", path}})), "access_denied");
    }
    const json seen = ask_as_reader({{"request", "log"}});
    for (const char* path : {"d", "d/f", "users.cfg"})
        EXPECT_FALSE(paths(seen).contains(path)) << path << " was there before it was closed";
    EXPECT_TRUE(paths(seen).contains("nodes"));
    EXPECT_TRUE(ask_as_reader({{"request", "problems"}})["result"]["problems"].empty());
    EXPECT_FALSE(ask({{"request", "problems"}})["result"]["problems"].empty());
    EXPECT_TRUE(paths(ask({{"request", "log"}})).contains("d/f"));

    // Nor afterwards what happened while it was closed.
    store_.change(tree::RemoveFile{{.path = "d/f"}});
    chmod("d", 0755);
    for (const json& change : ask_as_reader({{"request", "log"}})["result"]["changes"])
        EXPECT_NE(change["change"], "removed") << change.dump();
    EXPECT_EQ(stat("d"), "ok");
}

TEST_F(DispatcherTest, ModesAreShown) {
    store_.write_file("f", "x");
    const auto stat = [this](const char* path) {
        return ask({{"request", "stat"}, {"path", path}})["result"];
    };
    EXPECT_EQ(stat("f")["mode"], "0640");
    EXPECT_EQ(stat("f")["root_group"], false);
    EXPECT_EQ(stat("")["mode"], "0755");
    EXPECT_EQ(stat("priv")["mode"], "0700");
    EXPECT_EQ(stat("priv")["root_group"], true);
    store_.change(tree::SetPermissions{{.path = "f"}, 0400, true});
    EXPECT_EQ(stat("f")["mode"], "0400");
    EXPECT_EQ(stat("f")["root_group"], true);
    const json log = ask({{"request", "log"}, {"path", "f"}})["result"]["changes"][0];
    EXPECT_EQ(log["change"], "permissions");
    EXPECT_EQ(log["mode"], "0400");
    EXPECT_EQ(log["root_group"], true);
}

TEST_F(DispatcherTest, AReadersRequestIsShort) {
    EXPECT_EQ(code_of(ask_as_reader({{"request", "stat"}, {"path", std::string(70'000, 'x')}})),
              "file_too_large");
}

TEST_F(DispatcherTest, StatusTellsWhatIsWrong) {
    store_.refuse_with = Code::read_only;
    store_.read_only_reason = "two of three nodes are away";
    const json status = ask({{"request", "status"}})["result"];
    EXPECT_EQ(status["writable"], false);
    EXPECT_EQ(status["read_only_reason"], "two of three nodes are away");
    EXPECT_EQ(status["view"], "7@1");
    EXPECT_EQ(status["node"], json({{"id", 1}, {"name", "one"}}));
    EXPECT_EQ(status["usage"]["max_inodes"], tree::max_inodes);
    EXPECT_EQ(status["damage"], nullptr);
    EXPECT_EQ(status["mount"], "/etc/pve");
}

TEST_F(DispatcherTest, StatusTellsOfACluster) {
    store_.told = ClusterForTests::healthy();
    ClusterForTests::lose(store_.told, ClusterForTests::three, wall_from_ns(77));
    store_.told.replica.catching_up = {
        .snapshot = true, .from = ClusterForTests::two, .done = 12, .total = 0};
    store_.told.replica.scrub = {
        .index = LogIndex(1100), .differing = {ClusterForTests::three}, .without_majority = false};
    store_.told.rejected_requests = 2;
    const json status = ask_as_reader({{"request", "status"}})["result"];
    EXPECT_EQ(status["mode"], "cluster");
    EXPECT_EQ(status["cluster_name"], "demo");
    EXPECT_EQ(status["config_version"], 4);
    EXPECT_EQ(status["quorum"],
              json::parse(R"({"quorate":true,"voters":3,"here":2,"needed":2,"missing":[3]})"));
    EXPECT_EQ(status["quorum_device"], nullptr);
    store_.told.membership.list.quorum_device = ports::QuorumDevice{"net", "lms", ""};
    EXPECT_EQ(ask_as_reader({{"request", "status"}})["result"]["quorum_device"],
              json::parse(R"({"model":"net","algorithm":"lms","host":null})"));
    ASSERT_EQ(status["nodes"].size(), 3U);
    EXPECT_EQ(status["nodes"][0]["this"], true);
    EXPECT_EQ(status["nodes"][1]["leads"], true);
    EXPECT_EQ(status["nodes"][1]["lag"], 0);
    EXPECT_EQ(status["nodes"][2]["name"], "three");
    EXPECT_EQ(status["nodes"][2]["online"], false);
    EXPECT_EQ(status["nodes"][2]["left_ns"], 77);
    EXPECT_EQ(status["nodes"][2]["lag"], nullptr);
    EXPECT_EQ(status["catching_up"],
              json::parse(R"({"kind":"snapshot","from":2,"done":12,"total":null})"));
    EXPECT_EQ(status["scrub"],
              json::parse(R"({"index":1100,"differing":[3],"without_majority":false})"));
    EXPECT_EQ(status["conflicts"], 2);
    EXPECT_EQ(status["read_only_reason"], nullptr);
}

TEST_F(DispatcherTest, WithoutQuorumTheReasonSaysWhoIsMissing) {
    store_.told = ClusterForTests::healthy();
    ClusterForTests::close_view(store_.told, false);
    ClusterForTests::lose(store_.told, ClusterForTests::two, std::nullopt);
    ClusterForTests::lose(store_.told, ClusterForTests::three, std::nullopt);
    store_.refuse_with = Code::read_only;
    const json edit = json::array({{{"write", "a"}, {"content", "x"}}});
    const std::string refused = message_of(ask({{"request", "txn"}, {"edits", edit}}));
    EXPECT_THAT(refused, HasSubstr("No quorum: of 3 voters, one is here"));
    const json status = ask({{"request", "status"}})["result"];
    EXPECT_EQ(status["read_only_reason"], refused);
    EXPECT_EQ(status["no_view_for_s"], 90);

    store_.hold = true;
    const json synced = ask({{"request", "sync"}, {"timeout_ms", 1}});
    EXPECT_EQ(code_of(synced), "timed_out");
    EXPECT_THAT(message_of(synced), HasSubstr("No quorum: of 3 voters, one is here"));
}

TEST_F(DispatcherTest, NodesAreNamedWhereTheListKnowsThem) {
    store_.told = ClusterForTests::healthy();
    store_.make_directory("priv/lock/l");
    for (const NodeId node : {ClusterForTests::one, ClusterForTests::two, NodeId(9)}) {
        store_.records.push_back(store_.records.back());
        store_.records.back().request.node = node;
    }
    const json changes = ask({{"request", "log"}, {"limit", 3}})["result"]["changes"];
    EXPECT_EQ(changes[0]["node"], 9);
    EXPECT_EQ(changes[0]["node_name"], nullptr);
    EXPECT_EQ(changes[1]["node_name"], "two");
    EXPECT_EQ(changes[2]["node_name"], "one");
    EXPECT_EQ(ask({{"request", "lock_list"}})["result"]["locks"][0]["node_name"], "one");
    EXPECT_EQ(ask({{"request", "stat"}, {"path", "priv"}})["result"]["writer_name"], "one");
}

TEST_F(DispatcherTest, LogTellsWhoDidWhat) {
    ask({{"request", "txn"}, {"edits", json::array({{{"write", "a"}, {"content", "xyz"}}})}});
    ask({{"request", "txn"}, {"edits", json::array({{{"rename", "a"}, {"to", "b"}}})}});
    const json changes = ask({{"request", "log"}, {"limit", 2}})["result"]["changes"];
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_EQ(changes[0]["change"], "renamed");
    EXPECT_EQ(changes[0]["old_path"], "a");
    EXPECT_EQ(changes[1]["change"], "created");
    EXPECT_EQ(changes[1]["path"], "a");
    EXPECT_EQ(changes[1]["size"], 3);
    EXPECT_EQ(changes[1]["pid"], ::getpid());
    EXPECT_EQ(changes[1]["program"], "pmx_control_tes");

    const json older = ask({{"request", "log"}, {"before", changes[1]["index"]}, {"path", "priv"}});
    EXPECT_EQ(older["result"]["changes"].size(), 2U) << older;
    EXPECT_EQ(code_of(ask({{"request", "log"}, {"path", "/etc/pve/"}})), "ok");
}

TEST_F(DispatcherTest, StatFollowsTheMountsLinks) {
    store_.write_file("nodes/one/qemu-server/100.conf", "abc");
    for (const char* path : {"nodes/one/qemu-server/100.conf", "/etc/pve/qemu-server/100.conf",
                             "local/qemu-server/100.conf", "qemu-server//100.conf"}) {
        const json result = ask({{"request", "stat"}, {"path", path}})["result"];
        EXPECT_EQ(result["path"], "nodes/one/qemu-server/100.conf") << path;
        EXPECT_EQ(result["size"], 3);
        EXPECT_EQ(result["sha256"], to_hex(sha256("abc")));
    }
    EXPECT_EQ(code_of(ask({{"request", "stat"}, {"path", "localized"}})), "not_found");
    EXPECT_EQ(ask({{"request", "stat"}, {"path", ""}})["result"]["kind"], "directory");
}

TEST_F(DispatcherTest, ATransactionIsOneEntry) {
    store_.write_file("old", "1");
    store_.write_file("long", "a long content");
    const json answer = ask({{"request", "txn"},
                             {"edits",
                              {{{"mkdir", "d"}},
                               {{"write", "d/new"}, {"content", "text"}},
                               {{"write", "long"}, {"content_base64", "AAH/"}},
                               {{"write", "/etc/pve/empty"}, {"content", ""}},
                               {{"rename", "old"}, {"to", "d/old"}}}}});
    ASSERT_EQ(code_of(answer), "ok") << answer;
    EXPECT_EQ(store_.content_of("d/new"), "text");
    EXPECT_EQ(store_.content_of("long"), std::string("\x00\x01\xff", 3));
    EXPECT_EQ(store_.content_of("empty"), "");
    EXPECT_EQ(store_.content_of("d/old"), "1");
    for (const char* path : {"d", "d/new", "long", "empty", "d/old"}) {
        EXPECT_EQ(version_of(path), answer["result"]["index"]) << path;
    }
    const json again =
        ask({{"request", "txn"}, {"edits", {{{"remove", "long"}}, {{"rmdir", "nodes/one/priv"}}}}});
    EXPECT_EQ(code_of(again), "ok") << again;
    EXPECT_EQ(store_.content_of("long"), "(no file)");
}

TEST_F(DispatcherTest, WhatIsVirtualIsNoFileToEdit) {
    for (const char* name : {".members", "/etc/pve/.problems", "local", "qemu-server"}) {
        for (const json& edit : {json{{"write", name}, {"content", "x"}}, json{{"remove", name}},
                                 json{{"mkdir", name}}, json{{"rename", "a"}, {"to", name}},
                                 json{{"rename", name}, {"to", "a"}}}) {
            const json answer = ask({{"request", "txn"}, {"edits", json::array({edit})}});
            EXPECT_EQ(code_of(answer), "permission_denied") << edit;
        }
    }
    // Below a link is another matter.
    const json below =
        ask({{"request", "txn"}, {"edits", {{{"write", "qemu-server/7.conf"}, {"content", "x"}}}}});
    EXPECT_EQ(code_of(below), "ok") << below;
}

TEST_F(DispatcherTest, AnErrorOfATransactionNamesItsEdits) {
    const json answer = ask({{"request", "txn"}, {"edits", {{{"remove", "missing"}}}}});
    EXPECT_EQ(answer["error"]["message"], "remove missing: no such file or directory");
}

TEST_F(DispatcherTest, ATransactionThatFailsInTheMiddleChangesNothing) {
    const json answer = ask(
        {{"request", "txn"}, {"edits", {{{"write", "a"}, {"content", "x"}}, {{"remove", "b"}}}}});
    EXPECT_EQ(code_of(answer), "not_found");
    EXPECT_EQ(store_.content_of("a"), "(no file)");
}

TEST_F(DispatcherTest, ATransactionIsRefusedWhereItDoesNotExpectWhatIs) {
    store_.write_file("a", "abc");
    const std::uint64_t version = version_of("a");
    const std::string digest = to_hex(sha256("abc"));
    const auto attempt = [&](json expect) {
        return ask({{"request", "txn"},
                    {"expect", json::array({std::move(expect)})},
                    {"edits", json::array({{{"write", "b"}, {"content", "x"}}})}});
    };
    const json wrong = attempt({{"path", "a"}, {"version", version + 5}});
    EXPECT_EQ(code_of(wrong), "version_mismatch");
    EXPECT_EQ(message_of(wrong), "a: expected version " + std::to_string(version + 5) +
                                     ", found version " + std::to_string(version));
    EXPECT_EQ(message_of(attempt({{"path", "a"}, {"absent", true}})),
              "a: expected absent, found version " + std::to_string(version));
    EXPECT_EQ(message_of(attempt({{"path", "c"}, {"version", 3}})),
              "c: expected version 3, found absent");
    EXPECT_EQ(code_of(attempt({{"path", "a"}, {"sha256", to_hex(sha256("x"))}})),
              "version_mismatch");
    EXPECT_EQ(code_of(attempt({{"path", "nodes"}, {"sha256", digest}})), "version_mismatch");
    EXPECT_EQ(store_.content_of("b"), "(no file)");

    EXPECT_EQ(code_of(attempt({{"path", "a"}, {"version", version}})), "ok");
    EXPECT_EQ(code_of(attempt({{"path", "a"}, {"sha256", digest}})), "ok");
    EXPECT_EQ(code_of(attempt({{"path", "c"}, {"absent", true}})), "ok");
}

TEST_F(DispatcherTest, AnExpectationHoldsUntilTheEntryIsApplied) {
    store_.write_file("a", "abc");
    store_.before_next_submit = [this] { store_.write_file("a", "changed meanwhile"); };
    const json answer =
        ask({{"request", "txn"},
             {"expect", json::array({{{"path", "a"}, {"sha256", to_hex(sha256("abc"))}}})},
             {"edits", json::array({{{"write", "a"}, {"content", "mine"}}})}});
    EXPECT_EQ(code_of(answer), "version_mismatch");
    EXPECT_THAT(message_of(answer), HasSubstr(to_hex(sha256("changed meanwhile"))));
    EXPECT_EQ(store_.content_of("a"), "changed meanwhile");
}

TEST_F(DispatcherTest, ATransactionsFormIsChecked) {
    for (const json& edit : std::vector<json>{
             5,
             json::object(),
             {{"write", "a"}},
             {{"content", "a"}},
             {{"write", "a"}, {"content", "x"}, {"content_base64", "eA=="}},
             {{"write", "a"}, {"content_base64", "e"}},
             {{"write", "a"}, {"remove", "b"}, {"content", "x"}},
             {{"write", "a"}, {"from", "/etc/shadow"}},
             {{"rename", "a"}},
             {{"mkdir", "a"}, {"to", "b"}},
             {{"write", "../a"}, {"content", "x"}},
             {{"write", "a"}, {"content", std::string(tree::max_file_bytes + 1, 'x')}},
         }) {
        const json answer = ask({{"request", "txn"}, {"edits", json::array({edit})}});
        EXPECT_EQ(code_of(answer), "invalid_argument") << edit.dump().substr(0, 80);
        EXPECT_THAT(message_of(answer), HasSubstr("edits[0]"));
    }
    for (const json& expect : std::vector<json>{
             "a",
             {{"path", "a"}},
             {{"path", "a"}, {"version", 0}},
             {{"path", "a"}, {"version", 1}, {"absent", true}},
             {{"version", 1}},
         }) {
        const json answer = ask({{"request", "txn"},
                                 {"expect", json::array({expect})},
                                 {"edits", json::array({{{"remove", "a"}}})}});
        EXPECT_EQ(code_of(answer), "invalid_argument") << expect;
    }
    EXPECT_EQ(code_of(ask({{"request", "txn"}, {"edits", json::array()}})), "invalid_argument");
    const json many(256, {{"remove", "a"}});
    EXPECT_EQ(code_of(ask({{"request", "txn"}, {"edits", many}})), "invalid_argument");
    const json large(3, {{"write", "a"}, {"content", std::string(tree::max_file_bytes, 'x')}});
    EXPECT_EQ(code_of(ask({{"request", "txn"}, {"edits", large}})), "file_too_large");
}

TEST_F(DispatcherTest, FailedWritesSayWhy) {
    store_.refuse_with = Code::read_only;
    store_.read_only_reason = "the database was damaged: pmxctl recover";
    const json edit = json::array({{{"write", "a"}, {"content", "x"}}});
    EXPECT_EQ(message_of(ask({{"request", "txn"}, {"edits", edit}})), store_.read_only_reason);
    store_.refuse_with = Code::timed_out;
    EXPECT_EQ(code_of(ask({{"request", "txn"}, {"edits", edit}})), "timed_out");
}

TEST_F(DispatcherTest, LogMessagesReachTheClusterLog) {
    const json answer = ask({{"request", "log_message"},
                             {"text", "hello"},
                             {"ident", "me"},
                             {"user", "anna"},
                             {"severity", 4}});
    ASSERT_EQ(code_of(answer), "ok") << answer;
    const auto view = store_.read();
    ASSERT_EQ(view->cluster_log().messages().size(), 1U);
    const tree::ClusterLogMessage& message = view->cluster_log().messages().front();
    EXPECT_EQ(message.text, "hello");
    EXPECT_EQ(message.ident, "me");
    EXPECT_EQ(message.user, "anna");
    EXPECT_EQ(message.severity, 4);
    EXPECT_EQ(message.pid, static_cast<std::uint32_t>(::getpid()));
}

TEST_F(DispatcherTest, LocksAreListed) {
    store_.make_directory("priv/lock/file-storage_cfg");
    const json locks = ask({{"request", "lock_list"}})["result"]["locks"];
    ASSERT_EQ(locks.size(), 1U);
    EXPECT_EQ(locks[0]["name"], "file-storage_cfg");
    EXPECT_EQ(locks[0]["node"], 1);
    EXPECT_EQ(ask_as_reader({{"request", "status"}})["result"]["locks_held"], 1);
}

TEST_F(DispatcherTest, ProblemsOfPrivateFilesAreForAdministrators) {
    store_.write_file("notifications.cfg", "nonsense here\n");
    store_.write_file("priv/notifications.cfg", "more nonsense\n");
    const json all = ask({{"request", "problems"}})["result"]["problems"];
    const json open = ask_as_reader({{"request", "problems"}})["result"]["problems"];
    EXPECT_THAT(all.dump(), HasSubstr("priv/notifications.cfg"));
    EXPECT_THAT(open.dump(), HasSubstr("\"file\":\"notifications.cfg\""));
    for (const json& problem : open)
        EXPECT_EQ(problem["file"], "notifications.cfg");
}

TEST_F(DispatcherTest, RecoveryIsToldAndConfirmed) {
    const auto ask_damaged = [this](uid_t uid, json request) {
        request["version"] = 1;
        return json::parse(damaged_.answer({.uid = uid, .gid = 0, .pid = 1}, request.dump()));
    };
    EXPECT_EQ(ask({{"request", "recover"}})["result"]["damage"], nullptr);
    const json told = ask_damaged(0, {{"request", "recover"}})["result"];
    EXPECT_EQ(told["damage"]["summary"], "one page is torn");
    EXPECT_EQ(told["damage"]["lost"], json::array({"priv/secret"}));
    EXPECT_EQ(told["confirmed"], false);
    EXPECT_FALSE(recovery_.confirmed);
    const std::string seen_by_reader =
        ask_damaged(::geteuid() + 1000, {{"request", "status"}})["result"]["damage"].dump();
    EXPECT_THAT(seen_by_reader, HasSubstr("damaged"));
    EXPECT_EQ(seen_by_reader.find("secret"), std::string::npos);

    EXPECT_EQ(ask_damaged(0, {{"request", "recover"}, {"confirm", true}})["result"]["confirmed"],
              true);
    EXPECT_TRUE(recovery_.confirmed);
    EXPECT_EQ(ask_damaged(0, {{"request", "status"}})["result"]["damage"], nullptr);
}

TEST_F(DispatcherTest, SyncTimesOut) {
    EXPECT_EQ(code_of(ask({{"request", "sync"}})), "ok");
    store_.hold = true;
    EXPECT_EQ(code_of(ask({{"request", "sync"}, {"timeout_ms", 10}})), "timed_out");
    store_.held.front()({});  // the late completion finds nobody, and harms nobody
}

TEST_F(DispatcherTest, StoppingEndsWhatWaits) {
    store_.hold = true;
    auto waiting = std::async(std::launch::async, [this] {
        return ask({{"request", "txn"}, {"edits", json::array({{{"remove", "a"}}})}});
    });
    dispatcher_.stop();
    EXPECT_EQ(code_of(waiting.get()), "shutting_down");
    EXPECT_EQ(code_of(ask({{"request", "sync"}})), "shutting_down");
}

}  // namespace
}  // namespace pmx::control
