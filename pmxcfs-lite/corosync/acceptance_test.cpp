// With the corosync that is installed: what it says is what an administrator would read.
#include "corosync/acceptance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "schema/corosync_conf.h"
#include "tests/support/temporary_directory.h"

namespace pmx::corosync {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class AcceptanceTest : public testing::Test {
  protected:
    AcceptanceTest() {
        // Tests may run with a directory for temporary files that is the user's alone.
        std::filesystem::permissions(scratch_.path(), std::filesystem::perms(0755));
        auto conf = schema::CorosyncConf::create("lab", {1, "one", {"127.0.0.1"}});
        EXPECT_TRUE(conf.add({2, "two", {"127.0.0.2"}}));
        good_ = conf.text();
    }
    std::string changed(std::string_view what, std::string_view with) {
        std::string text = good_;
        const std::size_t at = text.find(what);
        EXPECT_NE(at, std::string::npos) << what;
        return text.replace(at, what.size(), with);
    }
    std::string refusal(const std::string& text) {
        const auto done = accepts(text, scratch_.path());
        if (done) return "accepted";
        EXPECT_EQ(done.error().code(), Code::invalid_argument) << done.error().message();
        return done.error().message();
    }

    TemporaryDirectory scratch_;
    std::string good_;
};

TEST_F(AcceptanceTest, WhatCorosyncTakesIsAccepted) {
    const auto done = accepts(good_, scratch_.path());
    EXPECT_TRUE(done) << done.error().message();
    EXPECT_TRUE(std::filesystem::is_empty(scratch_.path()));
}

TEST_F(AcceptanceTest, OrdinaryMistakesAreRefusedInCorosyncsWords) {
    EXPECT_THAT(refusal(changed("127.0.0.2", "pve2.example.invalid")),
                HasSubstr("failed to parse node address 'pve2.example.invalid'"));
    EXPECT_THAT(refusal(changed("aes256", "aes257")), HasSubstr("Invalid cipher type"));
    EXPECT_THAT(refusal(changed("token: 800", "token: 10s")),
                AllOf(HasSubstr("corosync.conf:"), HasSubstr("totem.token"), HasSubstr("10s"),
                      Not(HasSubstr(scratch_.path()))));
    EXPECT_THAT(refusal(changed("nodeid: 2", "nodeid: 1")), HasSubstr("appears twice"));
    EXPECT_THAT(refusal(changed("nodeid: 2", "nodeid: 0")), HasSubstr("explicit nodeid"));
    EXPECT_THAT(refusal(changed("transport: knet", "transport: carrier-pigeon")),
                HasSubstr("Invalid transport type"));
    EXPECT_THAT(refusal(changed("wait_for_all: 1", "wait_for_all: yes")),
                HasSubstr("quorum.wait_for_all"));
    EXPECT_THAT(refusal(good_ + "totem {\n"), HasSubstr("Missing closing brace"));
}

TEST_F(AcceptanceTest, AClusterWithoutThisNodeIsRightForOthersOnly) {
    auto conf = schema::CorosyncConf::create("lab", {1, "one", {"198.51.100.1"}});
    EXPECT_TRUE(conf.add({2, "two", {"198.51.100.2"}}));
    good_ = conf.text();
    EXPECT_THAT(refusal(good_), HasSubstr("No valid name found for local host"));
    const auto for_others = [this](const std::string& text) {
        return accepts(text, scratch_.path(), Judge::any_node);
    };
    EXPECT_TRUE(for_others(good_));
    EXPECT_FALSE(for_others(changed("aes256", "aes257")));
    EXPECT_FALSE(for_others(changed("198.51.100.2", "pve2.example.invalid")));
}

TEST_F(AcceptanceTest, ItsLineNumbersAreThoseOfTheText) {
    EXPECT_THAT(
        refusal("resources {\n  x: y\n}\n# a comment\n" + changed("version: 2", "version: x")),
        HasSubstr("corosync.conf:6:"));
}

TEST_F(AcceptanceTest, FilesThatTheTextNamesAreNeitherReadNorWritten) {
    const std::string path = scratch_.path() + "/written";
    std::string text =
        changed("to_syslog: yes", "to_syslog: yes\n  to_logfile: yes\n  logfile: " + path);
    text = text.replace(text.find("totem {\n"), 8, "totem {\n  keyfile: /etc/shadow\n");
    EXPECT_EQ(refusal(text), "accepted");
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(CorosyncWords, AreOneLineThatATerminalCanShow) {
    EXPECT_EQ(corosync_words("error [MAIN] a\x1b[31m\nerror exiting with status 8\nb\n"),
              "error [MAIN] a?[31m; b");
    EXPECT_EQ(corosync_words(std::string(9'000, 'x')).size(), 500U);
}

}  // namespace
}  // namespace pmx::corosync
