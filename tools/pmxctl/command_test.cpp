#include "tools/pmxctl/command.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tools/pmxctl/command_fixture.h"

namespace pmx::pmxctl {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST_F(CommandTest, WrongUsageIsTwo) {
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {},
             {"dance"},
             {"lock"},
             {"status", "extra"},
             {"status", "--colour"},
             {"log", "-n"},
             {"log", "-n", "many"},
             {"log", "a", "b"},
             {"log-message"},
             {"stat"},
             {"fsck"},
             {"sync", "--timeout", "-1"},
             {"sync", "--timeout", "nan"},
             {"conflicts", "dance"},
             {"conflicts", "show"},
             {"conflicts", "apply"},
             {"conflicts", "forget"},
             {"conflicts", "forget", "--all", "12345678"},
             {"txn"},
             {"txn", "--expect", "a=1"},
             {"txn", "file", "--put", "a=b"},
             {"txn", "--put", "a"},
             {"txn", "--remove", "a", "--expect", "a"},
             {"txn", "--remove", "a", "--expect", "a=-1"},
             {"txn", "--remove", "a", "--expect", "a=99999999999999999999999"},
             {"txn", "--put", "a=-", "--put", "b=-"},
         }) {
        EXPECT_EQ(pmxctl(words), ExitCode::usage) << testing::PrintToString(words);
        EXPECT_THAT(err_, HasSubstr("pmxctl: "));
        EXPECT_EQ(out_, "");
    }
}

TEST_F(CommandTest, HelpIsThereForAll) {
    EXPECT_EQ(pmxctl({"--help"}), ExitCode::ok);
    for (const Command& command : commands()) {
        EXPECT_THAT(out_, HasSubstr(std::string(command.name)));
    }
    for (const Command& command : commands()) {
        std::vector<std::string> words{std::string(command.name), "--help"};
        if (command.name == "lock list") words = {"lock", "list", "--help"};
        EXPECT_EQ(pmxctl(words), ExitCode::ok);
        EXPECT_THAT(out_, HasSubstr("Usage: pmxctl " + std::string(command.name)));
    }
}

TEST_F(CommandTest, EveryAnswerIsJsonWhenAskedFor) {
    store_.write_file("a", "abc");
    store_.make_directory("priv/lock/l");
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"--json", "status"},
             {"status", "--json"},
             {"log", "--json"},
             {"lock", "list", "--json"},
             {"--json", "stat", "a"},
             {"--json", "sync"},
             {"--json", "problems"},
             {"--json", "conflicts"},
             {"conflicts", "list", "--json"},
             {"conflicts", "forget", "--all", "--json"},
             {"--json", "recover"},
             {"--json", "txn", "--remove", "a"},
             {"--json", "log-message", "hello"},
         }) {
        EXPECT_EQ(pmxctl(words), ExitCode::ok) << testing::PrintToString(words) << err_;
        EXPECT_TRUE(json::parse(out_, nullptr, false).is_object()) << out_;
    }
    EXPECT_EQ(pmxctl({"--json", "stat", "a"}), ExitCode::failed);
    EXPECT_EQ(json::parse(out_)["error"]["code"], "not_found");
}

TEST_F(CommandTest, TransactionsFromOptions) {
    store_.write_file("old", "1");
    const std::string file = local_file("content", std::string("x\0\xff", 3));
    EXPECT_EQ(pmxctl({"txn", "--put", "/etc/pve/a=b=" + file, "--remove", "old"}),
              ExitCode::failed);  // the path ends at the first '=': there is no such file here
    EXPECT_EQ(
        pmxctl({"txn", "--put", "/etc/pve/a=" + file, "--remove", "old", "--expect", "a=absent"}),
        ExitCode::ok)
        << err_;
    EXPECT_THAT(out_, testing::StartsWith("index "));
    EXPECT_EQ(store_.content_of("a"), std::string("x\0\xff", 3));
    EXPECT_EQ(store_.content_of("old"), "(no file)");
    EXPECT_EQ(pmxctl({"txn", "--put", "a=" + file, "--expect", "a=99"}), ExitCode::failed);
    EXPECT_THAT(err_, HasSubstr("a: expected version 99, found version "));
}

TEST_F(CommandTest, TransactionsFromADocument) {
    const std::string content = local_file("content", "from a file");
    const json document = {
        {"expect", json::array({{{"path", "a"}, {"absent", true}}})},
        {"edits", {{{"write", "a"}, {"from", content}}, {{"write", "b"}, {"content", "given"}}}}};
    EXPECT_EQ(pmxctl({"txn", local_file("document", document.dump())}), ExitCode::ok) << err_;
    EXPECT_EQ(store_.content_of("a"), "from a file");
    EXPECT_EQ(store_.content_of("b"), "given");
    EXPECT_EQ(pmxctl({"txn", local_file("document", "[1]")}), ExitCode::failed);
    EXPECT_EQ(pmxctl({"txn", local_file("document", "{\"edits\": [5]}")}), ExitCode::failed);
    EXPECT_EQ(pmxctl({"txn", local_file("document", "{\"request\": \"status\"}")}),
              ExitCode::failed);
    EXPECT_EQ(pmxctl({"txn", directory_ + "/nowhere"}), ExitCode::failed);
}

TEST_F(CommandTest, AWaitThatEndsIsFour) {
    store_.hold = true;
    EXPECT_EQ(pmxctl({"sync", "--timeout", "0.01"}), ExitCode::timed_out);
    EXPECT_EQ(exit_code_of(Code::permission_denied), ExitCode::refused);
    EXPECT_EQ(exit_code_of(Code::access_denied), ExitCode::refused);
    EXPECT_EQ(exit_code_of(Code::version_mismatch), ExitCode::failed);
}

TEST_F(CommandTest, LogShowsAChangeALine) {
    EXPECT_EQ(pmxctl({"txn", "--put", "a=" + local_file("c", "abc")}), ExitCode::ok);
    EXPECT_EQ(pmxctl({"log", "/etc/pve/a"}), ExitCode::ok);
    EXPECT_THAT(out_, HasSubstr("pmx_pmxctl_test[" + std::to_string(::getpid()) + "]"));
    EXPECT_THAT(out_, HasSubstr("created   3 B  a\n"));
    EXPECT_EQ(pmxctl({"log", "elsewhere"}), ExitCode::ok);
    EXPECT_EQ(out_, "no changes\n");
}

TEST_F(CommandTest, WithoutADaemonItSaysSo) {
    server_.reset();
    EXPECT_EQ(pmxctl({"status"}), ExitCode::failed);
    EXPECT_THAT(err_, HasSubstr("does not run"));
}

}  // namespace
}  // namespace pmx::pmxctl
