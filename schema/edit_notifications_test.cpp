#include "schema/edit_notifications.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema/notifications.h"

namespace pmx::schema {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

const NotificationTexts two = {
    "# who is on duty\n"
    "sendmail: admins\n"
    "  mailto a@example.com\n"
    "\t# gone in spring\n"
    "\tmailto b@example.com\n"
    "\tfilter loud\n"
    "\n"
    "gotify: phone\r\n"
    "\tserver https://push.example.com\r\n"
    "\n"
    "filter: loud\n"
    "\tmin-severity error\n"
    "\n"
    "group: all\n"
    "\tendpoint admins\n"
    "\tendpoint phone\n",
    "gotify: phone\n\ttoken S3cret\n"};

SectionChange change(std::string noun, std::string name, PropertyValues set,
                     std::vector<std::string> remove = {}) {
    return {std::move(noun), "", std::move(name), std::move(set), std::move(remove)};
}

SectionChange addition(std::string noun, std::string type, std::string name, PropertyValues set) {
    return {std::move(noun), std::move(type), std::move(name), std::move(set), {}};
}

std::string why(const Result<NotificationTexts>& result) {
    return result ? "done" : result.error().message();
}

TEST(EditNotifications, ASectionIsAddedAtTheEndAndNothingElseChanges) {
    const auto added = add_notification_section(
        two, addition("target", "gotify", "tablet",
                      {{"server", "https://t.example"}, {"token", "T0"}, {"comment", "on desk"}}));
    ASSERT_TRUE(added) << why(added);
    EXPECT_EQ(added->shared, two.shared +
                                 "\ngotify: tablet\n\tserver https://t.example\n"
                                 "\tcomment on desk\n");
    EXPECT_EQ(added->secret, two.secret + "\ngotify: tablet\n\ttoken T0\n");
    EXPECT_THAT(parse_notifications(added->shared, added->secret).problems, testing::IsEmpty());
}

TEST(EditNotifications, TheFirstSectionOfAll) {
    const auto added = add_notification_section(
        {}, addition("target", "sendmail", "admins", {{"mailto", "a@b.c"}, {"mailto", "d@e.f"}}));
    ASSERT_TRUE(added) << why(added);
    EXPECT_EQ(added->shared, "sendmail: admins\n\tmailto a@b.c\n\tmailto d@e.f\n");
    EXPECT_EQ(added->secret, "");
}

TEST(EditNotifications, AChangeKeepsCommentsOrderAndLineEnds) {
    const auto changed = change_notification_section(
        two,
        change("target", "admins", {{"mailto", "c@example.com"}, {"author", "Ops"}}, {"filter"}));
    ASSERT_TRUE(changed) << why(changed);
    EXPECT_THAT(changed->shared, testing::StartsWith("# who is on duty\n"
                                                     "sendmail: admins\n"
                                                     "\tmailto c@example.com\n"
                                                     "\t# gone in spring\n"
                                                     "\tauthor Ops\n"
                                                     "\n"
                                                     "gotify: phone\r\n"));
    EXPECT_EQ(changed->secret, two.secret);
    const auto phone =
        change_notification_section(two, change("target", "phone", {{"comment", "x"}}));
    ASSERT_TRUE(phone) << why(phone);
    EXPECT_THAT(phone->shared, HasSubstr("push.example.com\r\n\tcomment x\r\n\n"));
}

TEST(EditNotifications, ASecretGoesToThePrivateFileOnly) {
    const auto changed =
        change_notification_section(two, change("target", "phone", {{"token", "N3w"}}));
    ASSERT_TRUE(changed) << why(changed);
    EXPECT_EQ(changed->shared, two.shared);
    EXPECT_EQ(changed->secret, "gotify: phone\n\ttoken N3w\n");
}

struct Refusal {
    SectionChange change;
    bool add;
    std::string why;
};

class EditRefused : public testing::TestWithParam<Refusal> {};

TEST_P(EditRefused, WithThePropertyAndTheReason) {
    const auto& [change, add, expected] = GetParam();
    const auto result =
        add ? add_notification_section(two, change) : change_notification_section(two, change);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message(), HasSubstr(expected));
    EXPECT_THAT(result.error().message(), Not(HasSubstr("S3cret")));
}

INSTANTIATE_TEST_SUITE_P(
    All, EditRefused,
    testing::Values(
        Refusal{addition("target", "gotify", "pp", {{"server", "https://x"}}), true,
                "gotify 'pp': property 'token' is missing"},
        Refusal{addition("target", "gotify", "pp", {{"token", "S3cret"}}), true,
                "gotify 'pp': property 'server' is missing"},
        Refusal{addition("target", "gotify", "pp", {{"server", "ftp://x"}, {"token", "t"}}), true,
                "gotify 'pp': property 'server' must be http"},
        Refusal{
            addition("target", "gotify", "pp", {{"server", "https://x"}, {"token", "S3cret x"}}),
            true, "gotify 'pp': property 'token' must be one word"},
        Refusal{addition("target", "sendmail", "mm", {{"server", "x"}}), true,
                "sendmail 'mm': there is no property 'server'"},
        Refusal{addition("target", "sendmail", "mm", {{"mailto", "a@b\nBcc: x"}}), true,
                "property 'mailto' must be an e-mail address"},
        Refusal{addition("target", "sendmail", "mm", {{"mailto", "a@b"}, {"comment", "x\n\ty z"}}),
                true, "control characters"},
        Refusal{addition("target", "sendmail", "mm",
                         {{"mailto", "a@b"}, {"author", "x"}, {"author", "y"}}),
                true, "property 'author' is given twice"},
        Refusal{addition("target", "sendmail", "mm", {{"mailto", "a@b"}, {"filter", "gone"}}), true,
                "sendmail 'mm': filter 'gone'"},
        Refusal{addition("target", "sendmail", "mm", {{"mailto", "a@b"}, {"disable", ""}}), true,
                "property 'disable' has no value"},
        Refusal{addition("group", "group", "gg", {{"endpoint", "all"}}), true, "endpoint 'all'"},
        Refusal{addition("group", "group", "gg", {}), true, "property 'endpoint' is missing"},
        Refusal{addition("target", "group", "gg", {}), true, "a target has one of the types"},
        Refusal{addition("target", "sendmail", "phone", {{"mailto", "a@b"}}), true,
                "the name is taken by gotify 'phone'"},
        Refusal{addition("target", "sendmail", "a/b", {{"mailto", "a@b"}}), true, "a name has"},
        Refusal{addition("nonsense", "sendmail", "ab", {{"mailto", "a@b"}}), true, "'nonsense'"},
        Refusal{change("target", "admins", {}, {"mailto"}), false, "mailto"},
        Refusal{change("target", "phone", {}, {"token"}), false, "property 'token' is missing"},
        Refusal{change("target", "phone", {}, {"nonsense"}), false, "no property 'nonsense'"},
        Refusal{change("target", "phone", {{"comment", "x"}}, {"comment"}), false, "at once"},
        Refusal{change("target", "phone", {}), false, "nothing to change"},
        Refusal{change("target", "gone", {{"comment", "x"}}), false, "there is no target 'gone'"},
        Refusal{change("filter", "phone", {{"comment", "x"}}), false, "is a gotify"},
        Refusal{change("target", "all", {{"comment", "x"}}), false, "is a group"}));

TEST(EditNotifications, ABrokenSectionCanBeMendedStepByStep) {
    const NotificationTexts broken = {
        "sendmail: aa\n\tmailto nonsense\n\tauthor x\n\tauthor y\n"
        "\ngarbage\n",
        ""};
    const auto half =
        change_notification_section(broken, change("target", "aa", {{"author", "z"}}));
    ASSERT_TRUE(half) << why(half);
    EXPECT_EQ(half->shared, "sendmail: aa\n\tmailto nonsense\n\tauthor z\n\ngarbage\n");
    EXPECT_FALSE(change_notification_section(broken, change("target", "aa", {{"filter", "no"}})));
}

TEST(EditNotifications, WhatIsUsedIsNotRemovedAndAllWhoUseItAreNamed) {
    const auto refused = remove_notification_section(
        two, "target", "phone", "notify: target-fencing=phone\n",
        "vzdump: nightly\n\tnotification-target phone\n\nvzdump: weekly\n"
        "\tnotification-target admins\n\nvzdump: yearly\n\tnotification-target phone\n");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message(),
              "cannot remove 'phone': used by group 'all', "
              "datacenter.cfg, job 'nightly', job 'yearly'");
    EXPECT_EQ(why(remove_notification_section(two, "filter", "loud", "", "")),
              "cannot remove 'loud': used by sendmail 'admins'");
}

TEST(EditNotifications, WhatIsRemovedIsGoneFromBothFiles) {
    const auto group = remove_notification_section(two, "group", "all", "", "");
    ASSERT_TRUE(group) << why(group);
    const auto phone = remove_notification_section(*group, "target", "phone", "", "");
    ASSERT_TRUE(phone) << why(phone);
    EXPECT_THAT(phone->shared, Not(HasSubstr("phone")));
    EXPECT_THAT(phone->shared, HasSubstr("# who is on duty"));
    EXPECT_EQ(phone->secret, "");
    EXPECT_EQ(why(remove_notification_section(*phone, "target", "phone", "", "")),
              "there is no target 'phone'");
}

// A change of both files that is not one entry may be cut short between them.
TEST(EditNotifications, ASecretThatWasLeftBehindIsReplaced) {
    const NotificationTexts left = {"", "gotify: phone\n\ttoken Old\n"};
    const auto added = add_notification_section(
        left, addition("target", "gotify", "phone", {{"server", "https://x"}, {"token", "New"}}));
    ASSERT_TRUE(added) << why(added);
    EXPECT_EQ(added->secret, "gotify: phone\n\ttoken New\n");
    const auto mail = add_notification_section(
        left, addition("target", "sendmail", "phone", {{"mailto", "a@b"}}));
    ASSERT_TRUE(mail) << why(mail);
    EXPECT_EQ(mail->secret, "");
}

TEST(EditNotifications, NoSecretIsShown) {
    const NotificationTexts texts = {
        "gotify: phone\n\tserver https://x\n\ttoken S3cret\n\tnonsense S3cret\n", two.secret};
    const auto shown = show_notification_sections(texts, "target");
    ASSERT_EQ(shown.size(), 1U);
    EXPECT_EQ(shown[0].type, "gotify");
    EXPECT_THAT(shown[0].properties, ElementsAre(Pair("server", "https://x")));
    EXPECT_THAT(shown[0].secrets, ElementsAre("token"));
}

TEST(EditNotifications, EachNounShowsItsOwn) {
    std::vector<std::size_t> counts;
    for (const std::string_view noun : section_nouns())
        counts.push_back(show_notification_sections(two, noun).size());
    EXPECT_THAT(counts, ElementsAre(2U, 1U, 1U, 0U, 0U));
}

}  // namespace
}  // namespace pmx::schema
