#include "notifier/plan/recipients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmx::notifier {
namespace {

using schema::Recipient;
using schema::SendmailTarget;
using testing::ElementsAre;
using testing::IsEmpty;

Configuration configured_users(std::string_view users, std::string_view datacenter = "") {
    Configuration configuration;
    configuration.users = schema::parse_users("users.cfg", users).values;
    configuration.datacenter = schema::parse_datacenter(datacenter).values;
    configuration.hostname = "node1";
    return configuration;
}

constexpr std::string_view people =
    "user:alice@pve:1:0:::alice@example.com:::\n"
    "user:off@pve:0:0:::off@example.com:::\n"
    "user:old@pve:1:50:::old@example.com:::\n"
    "user:mute@pve:1:0:::::\n";

SendmailTarget mail_target(std::vector<Recipient> recipients) {
    SendmailTarget target;
    target.recipients = std::move(recipients);
    return target;
}

TEST(Recipients, InTheOrderConfiguredAndSkippedOnesNamed) {
    const Resolved resolved = resolve_target(configured_users(people),
                                             mail_target({{true, "off@pve"},
                                                          {false, "x@y"},
                                                          {true, "alice@pve"},
                                                          {true, "old@pve"},
                                                          {false, "a@b"},
                                                          {true, "mute@pve"},
                                                          {true, "gone@pve"},
                                                          {true, "off@pve"}}),
                                             100);
    EXPECT_THAT(resolved.mail.recipients, ElementsAre("x@y", "alice@example.com", "a@b"));
    EXPECT_THAT(resolved.skipped,
                ElementsAre(SkippedUser{"off@pve", "disabled"}, SkippedUser{"old@pve", "expired"},
                            SkippedUser{"mute@pve", "no e-mail address"},
                            SkippedUser{"gone@pve", "unknown user"}));
}

TEST(Recipients, EachAddressOnceInItsFirstSpelling) {
    const Resolved resolved = resolve_target(configured_users(people),
                                             mail_target({{false, "Alice@EXAMPLE.com"},
                                                          {false, "alice@Example.com"},
                                                          {true, "alice@pve"},
                                                          {false, "Alice@example.COM"}}),
                                             0);
    EXPECT_THAT(resolved.mail.recipients, ElementsAre("Alice@EXAMPLE.com", "alice@Example.com"));
}

TEST(Recipients, From) {
    SendmailTarget target = mail_target({{false, "a@b"}});
    EXPECT_EQ(resolve_target(configured_users(""), target, 0).mail.from, "root@node1");
    const Configuration with_default = configured_users("", "email_from: pve@example.com\n");
    EXPECT_EQ(resolve_target(with_default, target, 0).mail.from, "pve@example.com");
    EXPECT_EQ(resolve_target(with_default, target, 0).mail.author, "Proxmox VE");
    target.from_address = "me@example.com";
    target.author = "Me";
    EXPECT_EQ(resolve_target(with_default, target, 0).mail.from, "me@example.com");
    EXPECT_EQ(resolve_target(with_default, target, 0).mail.author, "Me");
    Configuration nameless = configured_users("");
    nameless.hostname.clear();
    nameless.default_author = "My Cluster";
    EXPECT_EQ(resolve_mail_to_root(nameless, 0).mail.from, "root@localhost");
    EXPECT_EQ(resolve_mail_to_root(nameless, 0).mail.author, "My Cluster");
}

TEST(Recipients, MailToRootIsRootsAddressWhereItCanBeUsed) {
    const auto recipients = [](std::string_view users) {
        return resolve_mail_to_root(configured_users(users), 100).mail.recipients;
    };
    EXPECT_THAT(recipients("user:root@pam:1:0:::me@example.com:::\n"),
                ElementsAre("me@example.com"));
    for (const char* users :
         {"", "user:root@pam:1:0:::::\n", "user:root@pam:1:0:::no address:::\n",
          "user:root@pam:0:0:::me@example.com:::\n", "user:root@pam:1:99:::me@example.com:::\n"}) {
        EXPECT_THAT(recipients(users), ElementsAre("root")) << users;
    }
    EXPECT_THAT(resolve_mail_to_root(configured_users(""), 0).skipped,
                ElementsAre(SkippedUser{"root@pam", "unknown user"}));
}

TEST(Recipients, AJobsListHasAddressesAndUsers) {
    schema::BackupJob job;
    job.mailto = {"x@y", "alice@pve", "off@pve", "x@Y", "root@pam", "a#b@pve"};
    const Resolved resolved = resolve_job(configured_users(people), job, 0);
    EXPECT_THAT(resolved.mail.recipients, ElementsAre("x@y", "alice@example.com", "a#b@pve"));
    EXPECT_THAT(resolved.skipped, ElementsAre(SkippedUser{"off@pve", "disabled"},
                                              SkippedUser{"root@pam", "unknown user"}));
    EXPECT_THAT(resolve_job(configured_users(""), schema::BackupJob{}, 0).mail.recipients,
                IsEmpty());
}

}  // namespace
}  // namespace pmx::notifier
