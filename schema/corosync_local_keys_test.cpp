#include "schema/corosync_local_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmx::schema {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

CorosyncSection parsed_sections(std::string_view text) {
    auto parsed = parse_corosync_sections(text);
    EXPECT_THAT(parsed.problems, IsEmpty());
    return parsed.values;
}

std::string shared_text(std::string_view text) {
    return corosync_sections_text(without_local_keys(parsed_sections(text)));
}

std::vector<std::string> named(std::string_view text) {
    std::vector<std::string> said;
    for (const Problem& problem : local_key_problems(parsed_sections(text)))
        said.push_back(to_string(problem));
    return said;
}

TEST(CorosyncLocalKeys, WhatRunsProgramsOrOpensFilesIsLeftOut) {
    EXPECT_EQ(shared_text("totem {\n  keyfile: /etc/shadow\n  key: x\n  token: 1\n}\n"),
              "totem {\n  token: 1\n}\n");
    EXPECT_EQ(shared_text("quorum {\n  device {\n    model: net\n    heuristics {\n"
                          "      exec_x: /bin/sh -c id\n    }\n  }\n}\n"),
              "quorum {\n  device {\n    model: net\n  }\n}\n");
    EXPECT_EQ(shared_text("logging {\n  to_syslog: yes\n  to_logfile: yes\n  logfile: /a\n"
                          "  logger_subsys {\n    subsys: QUORUM\n    logfile: /b\n  }\n"
                          "  logging_daemon {\n    name: corosync\n    logfile: /c\n  }\n}\n"),
              "logging {\n  to_syslog: yes\n}\n");
}

TEST(CorosyncLocalKeys, SectionsThatAreNotTheClustersAreLeftOut) {
    for (const char* name : {"system", "resources", "nozzle", "uidgid", "service", "future"}) {
        EXPECT_EQ(shared_text(std::string(name) + " {\n  a: b\n}\ntotem {\n  token: 1\n}\n"),
                  "totem {\n  token: 1\n}\n");
    }
}

TEST(CorosyncLocalKeys, DotsInNamesDoNotReachThem) {
    EXPECT_EQ(shared_text("quorum {\n  device.heuristics.exec_x: /bin/sh\n  provider: p\n}\n"),
              "quorum {\n  provider: p\n}\n");
    EXPECT_EQ(shared_text("quorum {\n  device.heuristics {\n    exec_x: /bin/sh\n  }\n"
                          "  device {\n    heuristics.exec_y: /bin/sh\n    model: net\n  }\n}\n"),
              "quorum {\n  device {\n    model: net\n  }\n}\n");
    EXPECT_EQ(shared_text("quorum.device.heuristics {\n  exec_x: /bin/sh\n}\n"
                          "logging.x {\n  logfile: /a\n}\n"),
              "");
}

TEST(CorosyncLocalKeys, TheNodesOwnAreKept) {
    const auto own = parsed_sections(
        "totem {\n  keyfile: /mine\n  token: 9\n}\n"
        "quorum {\n  device {\n    model: net\n    heuristics {\n      mode: on\n    }\n  }\n}\n"
        "logging {\n  to_syslog: no\n  logfile: /mine.log\n"
        "  logger_subsys {\n    subsys: QUORUM\n    debug: on\n    logfile: /q.log\n  }\n}\n"
        "uidgid {\n  uid: 7\n}\n");
    const auto cluster = parsed_sections(
        "totem {\n  token: 1\n}\nquorum {\n  device {\n    model: net\n  }\n}\n"
        "logging {\n  to_syslog: yes\n}\nuidgid {\n  uid: 666\n}\n");
    EXPECT_EQ(corosync_sections_text(with_local_keys_of(cluster, own)),
              "totem {\n  token: 1\n  keyfile: /mine\n}\n\n"
              "quorum {\n  device {\n    model: net\n    heuristics {\n      mode: on\n    }\n"
              "  }\n}\n\n"
              "logging {\n  to_syslog: yes\n  logfile: /mine.log\n  logger_subsys {\n"
              "    logfile: /q.log\n    subsys: QUORUM\n  }\n}\n\n"
              "uidgid {\n  uid: 7\n}\n");
    const auto no_device = parsed_sections("quorum {\n  provider: p\n}\n");
    EXPECT_EQ(corosync_sections_text(with_local_keys_of(no_device, own)),
              "quorum {\n  provider: p\n}\n\ntotem {\n  keyfile: /mine\n}\n\n"
              "logging {\n  logfile: /mine.log\n  logger_subsys {\n    logfile: /q.log\n"
              "    subsys: QUORUM\n  }\n}\n\nuidgid {\n  uid: 7\n}\n")
        << "a heuristics section would make a device";
}

TEST(CorosyncLocalKeys, AFileThatWasTakenOverIsTheSameAgain) {
    const auto own = parsed_sections(
        "logging {\n  logfile: /mine.log\n  logger_subsys {\n    subsys: QUORUM\n"
        "    logfile: /q.log\n  }\n}\nuidgid {\n  uid: 7\n}\n");
    const auto cluster = parsed_sections("totem {\n  token: 1\n}\n");
    EXPECT_EQ(without_local_keys(with_local_keys_of(cluster, own)), cluster);
}

TEST(CorosyncLocalKeys, EachThatIsNotTakenIsSaid) {
    EXPECT_THAT(named("totem {\n  token: 1\n}\n"), IsEmpty());
    EXPECT_THAT(named("totem {\n  keyfile: /x\n}\nnozzle {\n  name: n\n}\n"),
                ElementsAre(HasSubstr("corosync.conf:2: 'totem.keyfile'"),
                            HasSubstr("corosync.conf:4: 'nozzle'")));
}

TEST(CorosyncTrialText, KeepsEachLineInItsPlace) {
    const std::string text = corosync_trial_text(
        "# first\ntotem {\n  token: 1\n}\nuidgid {\n  uid: 1\n}\nquorum {\n  device {\n"
        "    heuristics {\n      exec_a: b\n    }\n    model: net\n  }\n}\n",
        "/key");
    EXPECT_TRUE(
        text.starts_with("\ntotem {\ntoken: 1\n}\n\n\n\nquorum {\ndevice {\n\n\n\n"
                         "model: net\n}\n}\n"))
        << text;
    EXPECT_THAT(text, HasSubstr("keyfile: /key\n"));
    EXPECT_THAT(text, HasSubstr("to_stderr: yes\n"));
}

TEST(CorosyncTrialText, KeepsASectionThatIsNotClosed) {
    EXPECT_TRUE(corosync_trial_text("totem {\n", "/key").starts_with("totem {\ntotem {\n"));
    EXPECT_TRUE(corosync_trial_text("logging {\n  logfile: /a\n", "/key")
                    .starts_with("logging {\n\ntotem {\n"));
}

}  // namespace
}  // namespace pmx::schema
