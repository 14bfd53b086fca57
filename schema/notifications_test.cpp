#include "schema/notifications.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema/problem_texts_for_tests.h"

namespace pmx::schema {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> notification_problems(std::string_view text,
                                               std::string_view secret = "") {
    return texts(parse_notifications(text, secret).problems);
}

std::vector<std::string> names(const NotificationConfig& config) {
    std::vector<std::string> all;
    for (const Target& target : config.targets)
        all.push_back(target.name);
    for (const Filter& filter : config.filters)
        all.push_back(filter.name);
    return all;
}

constexpr std::string_view good_text =
    "sendmail: admins\n"
    "\tmailto a@example.com\n"
    "\tmailto-user alice@pve\n"
    "\tmailto b@example.com\n"
    "\tfrom-address pve@example.com\n"
    "\tauthor The Cluster\n"
    "\tfilter urgent\n"
    "\tcomment whom to wake\n"
    "\n"
    "gotify: phone\n"
    "\tserver https://push.example.com/\n"
    "\tdisable\n"
    "\n"
    "group: all\n"
    "\tendpoint admins\n"
    "\tendpoint phone\n"
    "\tendpoint mail-to-root\n"
    "\n"
    "filter: urgent\n"
    "\tmin-severity warning\n"
    "\tmode or\n"
    "\tinvert-match 1\n";
constexpr std::string_view good_secret = "gotify: phone\n\ttoken A1b2.C3\n";

TEST(Notifications, ReadsEveryTypeAndProperty) {
    const ParsedNotifications parsed = parse_notifications(good_text, good_secret);
    EXPECT_THAT(texts(parsed.problems), IsEmpty());
    const NotificationConfig& config = parsed.values;
    EXPECT_THAT(names(config), ElementsAre("admins", "phone", "all", "urgent"));

    const Target& admins = *config.find_target("admins");
    EXPECT_EQ(admins.filter, "urgent");
    EXPECT_EQ(admins.comment, "whom to wake");
    EXPECT_FALSE(admins.disable);
    EXPECT_EQ(admins.line, 1);
    const auto& mail = std::get<SendmailTarget>(admins.settings);
    EXPECT_THAT(mail.recipients,
                ElementsAre(Recipient{false, "a@example.com"}, Recipient{true, "alice@pve"},
                            Recipient{false, "b@example.com"}));
    EXPECT_EQ(mail.from_address, "pve@example.com");
    EXPECT_EQ(mail.author, "The Cluster");

    const Target& phone = *config.find_target("phone");
    EXPECT_TRUE(phone.disable);
    EXPECT_EQ(std::get<GotifyTarget>(phone.settings).server, "https://push.example.com");
    EXPECT_EQ(std::get<GotifyTarget>(phone.settings).token, "A1b2.C3");

    EXPECT_THAT(std::get<TargetGroup>(config.find_target("all")->settings).endpoints,
                ElementsAre("admins", "phone", "mail-to-root"));

    const Filter& urgent = *config.find_filter("urgent");
    EXPECT_EQ(urgent.min_severity, MinSeverity::warning);
    EXPECT_EQ(urgent.mode, FilterMode::any);
    EXPECT_TRUE(urgent.invert_match);
}

TEST(Notifications, Defaults) {
    const auto parsed = parse_notifications("sendmail: aa\n\tmailto a@b\n\nfilter: ff\n", "");
    EXPECT_THAT(parsed.problems, IsEmpty());
    const Filter& filter = *parsed.values.find_filter("ff");
    EXPECT_EQ(filter.min_severity, std::nullopt);
    EXPECT_EQ(filter.mode, FilterMode::all);
    EXPECT_FALSE(filter.invert_match);
    const Target& target = *parsed.values.find_target("aa");
    EXPECT_FALSE(target.disable);
    EXPECT_EQ(target.filter, std::nullopt);
    EXPECT_EQ(std::get<SendmailTarget>(target.settings).author, std::nullopt);
}

struct NotificationCase {
    const char* text;
    const char* problem;
};

class NotificationProblem : public testing::TestWithParam<NotificationCase> {};

TEST_P(NotificationProblem, IsReportedWithLineAndReason) {
    EXPECT_THAT(texts(check_notifications(GetParam().text)), ElementsAre(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Each, NotificationProblem,
    testing::Values(
        NotificationCase{"\ngotify: phone\n\tcomment x\n\nsendmail: aa\n\tmailto a@b\n",
                         "notifications.cfg:2: gotify 'phone': property 'server' is missing"},
        NotificationCase{"pager: mx\n\tserver x\n", "notifications.cfg:1: unknown type 'pager'"},
        NotificationCase{"sendmail: aa\n\tmailto a@b\n\tserver x\n",
                         "notifications.cfg:3: sendmail 'aa': unknown property 'server'"},
        NotificationCase{"sendmail: aa\n\tmailto a@b\n\tcomment x\n\tcomment y\n",
                         "notifications.cfg:4: sendmail 'aa': property 'comment' is given twice"},
        NotificationCase{
            "sendmail: aa\n\tcomment x\n",
            "notifications.cfg:1: sendmail 'aa': one of the properties mailto, mailto-user must be "
            "there"},
        NotificationCase{
            "sendmail: aa\n\tmailto root\n",
            "notifications.cfg:2: sendmail 'aa': property 'mailto' must be an e-mail address"},
        NotificationCase{
            "sendmail: aa\n\tmailto a@b\n\tauthor The\tCluster\n",
            "notifications.cfg:3: sendmail 'aa': property 'author' must not have control "
            "characters"},
        NotificationCase{"sendmail: aa\n\tmailto\n",
                         "notifications.cfg:2: sendmail 'aa': property 'mailto' has no value"},
        NotificationCase{
            "sendmail: aa\n\tmailto-user alice\n",
            "notifications.cfg:2: sendmail 'aa': property 'mailto-user' must be a user, "
            "name@realm"},
        NotificationCase{
            "sendmail: aa\n\tmailto a@b\n\tfrom-address -f@x\n",
            "notifications.cfg:3: sendmail 'aa': property 'from-address' must be an e-mail "
            "address"},
        NotificationCase{"sendmail: aa\n\tmailto a@b\n\tdisable maybe\n",
                         "notifications.cfg:3: sendmail 'aa': property 'disable' must be 1 or 0"},
        NotificationCase{"group: gg\n\tcomment x\n",
                         "notifications.cfg:1: group 'gg': property 'endpoint' is missing"},
        NotificationCase{
            "filter: ff\n\tmin-severity fatal\n",
            "notifications.cfg:2: filter 'ff': property 'min-severity' must be one of info, "
            "notice, warning, error"},
        NotificationCase{
            "filter: ff\n\tmode xor\n",
            "notifications.cfg:2: filter 'ff': property 'mode' must be one of and, or"},
        NotificationCase{"filter: ff\n\tfilter gone\n",
                         "notifications.cfg:2: filter 'ff': unknown property 'filter'"},
        NotificationCase{
            "filter: mail-to-root\n",
            "notifications.cfg:1: filter 'mail-to-root': this name is that of the built-in "
            "target"},
        NotificationCase{
            "filter: a\n",
            "notifications.cfg:1: filter: the id must be 2 to 32 letters, digits, '.', '_', '-'"},
        NotificationCase{"filter: aa\n\nsendmail: aa\n\tmailto a@b\n",
                         "notifications.cfg:3: the section in line 1 has the same id"},
        NotificationCase{
            "sendmail: aa\n\tmailto a@b\n\tfilter gone\n",
            "notifications.cfg:3: sendmail 'aa': filter 'gone' does not exist; the target is "
            "notified without it"},
        NotificationCase{"group: gg\n\tendpoint gone\n",
                         "notifications.cfg:2: group 'gg': endpoint 'gone' does not exist"},
        NotificationCase{
            "group: gg\n\tendpoint hh\n\ngroup: hh\n\tendpoint mail-to-root\n",
            "notifications.cfg:2: group 'gg': endpoint 'hh' is a group; a group cannot be a member "
            "of a group"},
        NotificationCase{
            "group: gg\n\tendpoint ff\n\nfilter: ff\n",
            "notifications.cfg:2: group 'gg': endpoint 'ff' is a filter, not a target"}));

TEST(Notifications, ReportsAllProblemsInTheOrderOfTheLines) {
    EXPECT_THAT(
        notification_problems("gotify: p1\n\tserver ftp://x\n\tbad!\n\tfilter gone\n\nnonsense\n"
                              "filter: ff\n\tmode x\n\tinvert-match x\n",
                              "gotify: p1\n\ttoken\n\nsendmail: aa\n"),
        ElementsAre(HasSubstr("notifications.cfg:2: gotify 'p1': property 'server' must"),
                    HasSubstr("notifications.cfg:3: expected a property"),
                    HasSubstr("notifications.cfg:4: gotify 'p1': filter 'gone'"),
                    HasSubstr("notifications.cfg:6: expected a section header"),
                    HasSubstr("notifications.cfg:8: filter 'ff': property 'mode'"),
                    HasSubstr("notifications.cfg:9: filter 'ff': property 'invert-match'"),
                    HasSubstr("priv/notifications.cfg:2: gotify 'p1': property 'token'"),
                    HasSubstr("priv/notifications.cfg:4: no section of this type")));
}

TEST(Notifications, TheRulesOfIds) {
    for (const char* id : {"ab", "A1", "_x", "0.a-b_c", "a.", "12345678901234567890123456789012"}) {
        EXPECT_TRUE(is_section_id(id)) << id;
    }
    for (const char* id : {"", "a", "-a", ".a", "a b", "a/b", "a!b", "a:b", "a\n", "\xc3\xa4z",
                           "123456789012345678901234567890123"}) {
        EXPECT_FALSE(is_section_id(id)) << id;
    }
}

TEST(Notifications, ABadSectionTakesNoOtherWithIt) {
    const auto parsed = parse_notifications(
        "sendmail: aa\n\tmailto a@b\ngotify: bad\nnonsense\n\nfilter: ff\n", "");
    EXPECT_THAT(names(parsed.values), ElementsAre("aa", "ff"));
}

TEST(Notifications, DanglingReferencesBreakNothing) {
    const auto parsed = parse_notifications(
        "sendmail: aa\n\tmailto a@b\n\tfilter gone\n\ngroup: gg\n\tendpoint aa\n\tendpoint gone\n",
        "");
    EXPECT_EQ(parsed.problems.size(), 2U);
    EXPECT_THAT(names(parsed.values), ElementsAre("aa", "gg"));
}

TEST(Notifications, ASectionThatIsBrokenStillExistsForReferences) {
    EXPECT_THAT(
        notification_problems("group: gg\n\tendpoint aa\n\nsendmail: aa\n\tmailto nonsense\n"),
        ElementsAre(HasSubstr("notifications.cfg:5: sendmail 'aa'")));
}

TEST(Notifications, AGotifyTargetNeedsItsToken) {
    constexpr std::string_view text = "gotify: phone\n\tserver https://x\n";
    EXPECT_THAT(notification_problems(text, ""),
                ElementsAre("notifications.cfg:1: gotify 'phone': property 'token' is missing in "
                            "priv/notifications.cfg"));
    EXPECT_THAT(notification_problems(text, "gotify: phone\n"),
                ElementsAre("priv/notifications.cfg:1: gotify 'phone': property 'token' is "
                            "missing"));
    EXPECT_THAT(names(parse_notifications(text, "").values), IsEmpty());
    EXPECT_THAT(check_notifications(text), IsEmpty());
}

TEST(Notifications, NoTokenIsEverShown) {
    constexpr std::string_view text = "gotify: phone\n\tserver https://x\n\ttoken S3cret\n";
    for (const char* secret :
         {"gotify: phone\n\ttoken S3cret S3cret\n", "gotify: phone\n\ttoken=S3cret\n",
          "gotify: phone\n\tS3cret\n", "gotify: S3cret\n\ttoken x y\n", "token: S3cret\n",
          "S3cret: phone\n", "gotify: phone\n\ttoken S3cret\n\ttoken S3cret\n", "S3cret\n",
          "\ttoken S3cret\n", "gotify: phone\n\tserver S3cret\n", "gotify: S3cret x\n"}) {
        for (const std::string& problem : notification_problems(text, secret)) {
            EXPECT_THAT(problem, Not(HasSubstr("S3cret"))) << secret;
        }
        EXPECT_THAT(check_private_notifications(secret), Not(IsEmpty())) << secret;
        for (const Problem& problem : check_private_notifications(secret)) {
            EXPECT_THAT(to_string(problem), Not(HasSubstr("S3cret"))) << secret;
        }
    }
}

TEST(Notifications, ATokenIsOneWord) {
    constexpr std::string_view text = "gotify: phone\n\tserver https://x\n";
    for (const char* token : {"a b", "t\xc3\xb6", "a\x01"}) {
        const std::string secret = std::string("gotify: phone\n\ttoken ") + token + "\n";
        EXPECT_THAT(names(parse_notifications(text, secret).values), IsEmpty()) << token;
    }
}

// A broken file never silences anyone.

GoodSections keep(std::string_view text, std::string_view secret = "") {
    return in_force(parse_notifications(text, secret), {}).good;
}

TEST(LastGood, TakesTheLastGoodVersionOfABrokenSection) {
    const GoodSections before = keep(good_text, good_secret);
    const auto now = in_force(parse_notifications("sendmail: admins\n\tmailto nonsense\n\n"
                                                  "gotify: phone\n\tserver https://new\n",
                                                  good_secret),
                              before);
    ASSERT_NE(now.values.find_target("admins"), nullptr);
    const auto& mail = std::get<SendmailTarget>(now.values.find_target("admins")->settings);
    EXPECT_EQ(mail.recipients.size(), 3U);
    const auto& phone = std::get<GotifyTarget>(now.values.find_target("phone")->settings);
    EXPECT_EQ(phone.server, "https://new");
    EXPECT_THAT(now.from_before, ElementsAre("admins"));
    EXPECT_EQ(now.good.at("admins"), before.at("admins"));
}

TEST(LastGood, WhatIsRemovedFromAFileThatParsesIsGone) {
    const auto now = in_force(parse_notifications("sendmail: other\n\tmailto a@b\n", ""),
                              keep(good_text, good_secret));
    EXPECT_THAT(names(now.values), ElementsAre("other"));
    EXPECT_EQ(now.good.size(), 1U);
}

TEST(LastGood, ABadValueElsewhereDoesNotKeepWhatIsRemoved) {
    const auto now = in_force(parse_notifications("sendmail: admins\n\tmailto nonsense\n", ""),
                              keep(good_text, good_secret));
    EXPECT_THAT(names(now.values), ElementsAre("admins"));
}

TEST(LastGood, AMangledHeaderRemovesNothing) {
    const GoodSections before = keep(good_text, good_secret);
    for (const char* text : {"sendmail admins\n\tmailto a@b\n", " sendmail: admins\n", "garbage",
                             "filter: f\n", "filter: urgent\n ndmail admins\n"}) {
        const auto now = in_force(parse_notifications(text, good_secret), before);
        EXPECT_NE(now.values.find_target("admins"), nullptr) << text;
        EXPECT_NE(now.values.find_filter("urgent"), nullptr) << text;
    }
}

TEST(LastGood, WithoutTheSecretTheOldPairStands) {
    const GoodSections before = keep(good_text, good_secret);
    for (const char* secret : {"", "gotify phone\n", "gotify: phone\n\ttoken\n"}) {
        const auto now =
            in_force(parse_notifications("gotify: phone\n\tserver https://new\n", secret), before);
        const auto& phone = std::get<GotifyTarget>(now.values.find_target("phone")->settings);
        EXPECT_EQ(phone.server, "https://push.example.com") << secret;
        EXPECT_EQ(phone.token, "A1b2.C3") << secret;
    }
}

TEST(LastGood, AFileThatCannotBeReadRemovesNothing) {
    const ParsedNotifications parsed = unreadable_notifications("cannot be read: I/O error");
    EXPECT_THAT(texts(parsed.problems),
                ElementsAre("notifications.cfg: cannot be read: I/O error"));
    const auto now = in_force(parsed, keep(good_text, good_secret));
    EXPECT_EQ(now.good.size(), 4U);
    EXPECT_THAT(names(now.values),
                testing::UnorderedElementsAre("admins", "phone", "all", "urgent"));
}

TEST(LastGood, WhatIsKeptMaySurviveManyBrokenVersions) {
    GoodSections kept = keep(good_text, good_secret);
    for (int i = 0; i < 3; ++i) {
        kept = in_force(parse_notifications("sendmail: admins\n\tbroken!\n", ""), kept).good;
    }
    EXPECT_TRUE(kept.contains("admins"));
}

TEST(LastGood, DamagedMemoryIsForgotten) {
    const GoodSections damaged = {{"aa", {"sendmail: bb\n\tmailto a@b\n", ""}},
                                  {"bb", {"garbage", ""}},
                                  {"cc", {"filter: cc\n\nfilter: dd\n", ""}}};
    const auto now = in_force(unreadable_notifications("x"), damaged);
    EXPECT_THAT(names(now.values), IsEmpty());
    EXPECT_THAT(now.good, IsEmpty());
}

}  // namespace
}  // namespace pmx::schema
