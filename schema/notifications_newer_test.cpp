// The sections of Proxmox VE 8.1 and later, and those of our own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema/notifications.h"
#include "schema/problem_texts_for_tests.h"

namespace pmx::schema {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// As a node of Proxmox VE 9 writes the two files.
constexpr std::string_view of_current_node =
    "sendmail: mail-to-root\n"
    "\tauthor Proxmox VE\n"
    "\tcomment Send mails to root@pam's email address\n"
    "\tdisable false\n"
    "\tmailto-user root@pam\n"
    "\torigin modified-builtin\n"
    "\n"
    "smtp: relay\n"
    "\tauthor pve cluster\n"
    "\tfrom-address pve@example.com\n"
    "\tmailto a@example.com\n"
    "\tmailto b@example.com\n"
    "\tmailto-user root@pam\n"
    "\tmode starttls\n"
    "\tport 2525\n"
    "\tserver mail.example.com\n"
    "\tusername pve1\n"
    "\n"
    "smtp: plain\n"
    "\tfrom-address pve@example.com\n"
    "\tmailto-user root@pam\n"
    "\tmode insecure\n"
    "\tserver 2001:db8::25\n"
    "\n"
    "gotify: phone\n"
    "\tserver http://gotify.example.com:8888\n"
    "\n"
    "webhook: ntfy\n"
    "\tbody e3sgbWVzc2FnZSB9fQ==\n"
    "\theader name=Markdown,value=WWVz\n"
    "\theader name=X-Title,value=e3sgdGl0bGUgfX0=\n"
    "\tmethod post\n"
    "\tsecret name=channel\n"
    "\turl https://ntfy.sh/{{ url-encode secrets.channel }}\n"
    "\n"
    "matcher: default-matcher\n"
    "\tcomment Route all notifications to mail-to-root\n"
    "\tdisable true\n"
    "\tmode all\n"
    "\ttarget mail-to-root\n"
    "\n"
    "matcher: night\n"
    "\tinvert-match true\n"
    "\tmatch-calendar mon..fri 8-17\n"
    "\tmatch-field exact:type=vzdump,replication\n"
    "\tmatch-field regex:hostname=^pve[0-9]+$\n"
    "\tmatch-severity warning,error\n"
    "\tmatch-severity unknown\n"
    "\tmode any\n"
    "\ttarget relay\n"
    "\ttarget ntfy\n"
    "\n"
    "matcher: nothing\n";
constexpr std::string_view secrets_of_current_node =
    "smtp: relay\n"
    "\tpassword pass word!\n"
    "\n"
    "gotify: phone\n"
    "\ttoken S3cret\n"
    "\n"
    "webhook: ntfy\n"
    "\tsecret name=channel,value=bXktY2hhbm5lbA==\n";

TEST(NewerNotifications, AFileOfACurrentNodeHasNoProblem) {
    const auto parsed = parse_notifications(of_current_node, secrets_of_current_node);
    EXPECT_THAT(texts(parsed.problems), IsEmpty());
    EXPECT_THAT(texts(check_notifications(of_current_node)), IsEmpty());
    EXPECT_THAT(texts(check_private_notifications(secrets_of_current_node)), IsEmpty());
    EXPECT_EQ(parsed.values.targets.size(), 5U);
    EXPECT_EQ(parsed.values.matchers.size(), 3U);
    EXPECT_FALSE(parsed.values.matchers_may_be_missing);
}

NotificationConfig current_node() {
    return in_force(parse_notifications(of_current_node, secrets_of_current_node), {}).values;
}

TEST(NewerNotifications, Smtp) {
    const NotificationConfig config = current_node();
    const auto& relay = std::get<SmtpTarget>(config.find_target("relay")->settings);
    EXPECT_THAT(relay.recipients,
                ElementsAre(Recipient{false, "a@example.com"}, Recipient{false, "b@example.com"},
                            Recipient{true, "root@pam"}));
    EXPECT_EQ(relay.from_address, "pve@example.com");
    EXPECT_EQ(relay.author, "pve cluster");
    EXPECT_EQ(relay.server, "mail.example.com");
    EXPECT_EQ(relay.port_to_use(), 2525);
    EXPECT_EQ(relay.mode, SmtpMode::starttls);
    EXPECT_EQ(relay.username, "pve1");
    EXPECT_EQ(relay.password, "pass word!");
    const auto& plain = std::get<SmtpTarget>(config.find_target("plain")->settings);
    EXPECT_EQ(plain.server, "[2001:db8::25]");
    EXPECT_EQ(plain.mode, SmtpMode::insecure);
    EXPECT_EQ(plain.username, std::nullopt);
    EXPECT_EQ(plain.password, std::nullopt);
}

TEST(NewerNotifications, TypesOfTargets) {
    const NotificationConfig config = current_node();
    EXPECT_EQ(type_of(*config.find_target("mail-to-root")), "sendmail");
    EXPECT_EQ(type_of(*config.find_target("relay")), "smtp");
    EXPECT_EQ(type_of(*config.find_target("phone")), "gotify");
    EXPECT_EQ(type_of(*config.find_target("ntfy")), "webhook");
}

TEST(NewerNotifications, PortsOfSmtp) {
    SmtpTarget target;
    EXPECT_EQ(target.port_to_use(), 465);
    target.mode = SmtpMode::starttls;
    EXPECT_EQ(target.port_to_use(), 587);
    target.mode = SmtpMode::insecure;
    EXPECT_EQ(target.port_to_use(), 25);
}

TEST(NewerNotifications, Webhook) {
    const NotificationConfig config = current_node();
    const auto& ntfy = std::get<WebhookTarget>(config.find_target("ntfy")->settings);
    EXPECT_EQ(ntfy.url, "https://ntfy.sh/{{ url-encode secrets.channel }}");
    EXPECT_EQ(ntfy.method, WebhookMethod::post);
    EXPECT_THAT(ntfy.headers,
                ElementsAre(NamedValue{"Markdown", "Yes"}, NamedValue{"X-Title", "{{ title }}"}));
    EXPECT_EQ(ntfy.body, "{{ message }}");
    EXPECT_THAT(ntfy.secrets, ElementsAre(NamedValue{"channel", "my-channel"}));
}

TEST(NewerNotifications, Matcher) {
    const NotificationConfig config = current_node();
    const Matcher& night = *config.find_matcher("night");
    EXPECT_EQ(night.fields.size(), 2U);
    EXPECT_EQ(night.severities.size(), 2U);
    EXPECT_TRUE(night.severities[1].unknown);
    EXPECT_EQ(night.calendar.size(), 1U);
    EXPECT_EQ(night.mode, FilterMode::any);
    EXPECT_TRUE(night.invert_match);
    EXPECT_FALSE(night.disable);
    EXPECT_THAT(night.targets, ElementsAre("relay", "ntfy"));
    EXPECT_TRUE(config.find_matcher("default-matcher")->disable);
    EXPECT_EQ(config.find_matcher("nothing")->mode, FilterMode::all);
}

TEST(NewerNotifications, QuietHoursAndRate) {
    const auto parsed = parse_notifications(
        "sendmail: aa\n\tmailto a@b\n\tquiet-hours mon-fri 22:00-06:00\n\tquiet-hours sat,sun "
        "0-24\n"
        "\tquiet-hours-errors 1\n\tmax-per-hour 10\n\nsendmail: bb\n\tmailto a@b\n",
        "");
    EXPECT_THAT(texts(parsed.problems), IsEmpty());
    const Target& target = *parsed.values.find_target("aa");
    ASSERT_TRUE(target.quiet_hours);
    EXPECT_TRUE(target.quiet_hours->covers({6, 0}));
    EXPECT_FALSE(target.quiet_hours->covers({0, 12 * 3600}));
    EXPECT_TRUE(target.quiet_hours_hold_errors);
    EXPECT_EQ(target.max_per_hour, 10U);
    const Target& other = *parsed.values.find_target("bb");
    EXPECT_FALSE(other.quiet_hours || other.max_per_hour || other.quiet_hours_hold_errors);
}

TEST(NewerNotifications, Expectation) {
    const auto parsed = parse_notifications(
        "expect: nightly\n\ttype vzdump\n\tmatch-field exact:job-id=nightly\n\twithin 26h\n"
        "\ttarget mail-to-root\n\tcomment ask Ann\n",
        "");
    EXPECT_THAT(texts(parsed.problems), IsEmpty());
    ASSERT_EQ(parsed.values.expectations.size(), 1U);
    const Expectation& nightly = parsed.values.expectations.front();
    EXPECT_EQ(nightly.name, "nightly");
    EXPECT_EQ(nightly.type, "vzdump");
    EXPECT_EQ(nightly.fields.size(), 1U);
    EXPECT_EQ(nightly.within_s, 26 * 3600);
    EXPECT_EQ(nightly.target, "mail-to-root");
    EXPECT_EQ(nightly.comment, "ask Ann");
    EXPECT_FALSE(nightly.disable);
}

TEST(NewerNotifications, MailToRootMayBeModifiedNotReplaced) {
    const auto modified = parse_notifications("sendmail: mail-to-root\n\tdisable\n", "");
    EXPECT_THAT(texts(modified.problems), IsEmpty());
    EXPECT_TRUE(modified.values.find_target("mail-to-root")->disable);
    EXPECT_THAT(texts(check_notifications("gotify: mail-to-root\n\tserver http://x\n")),
                ElementsAre(HasSubstr("this name is that of the built-in target")));
    EXPECT_THAT(texts(check_notifications("filter: default-matcher\n")),
                ElementsAre(HasSubstr("this name is that of the built-in matcher")));
}

struct NewerCase {
    const char* text;
    const char* problem;
};

class NewerNotificationProblem : public testing::TestWithParam<NewerCase> {};

TEST_P(NewerNotificationProblem, IsReportedWithLineAndReason) {
    EXPECT_THAT(texts(check_notifications(GetParam().text)),
                ElementsAre(HasSubstr(std::string("notifications.cfg:") + GetParam().problem)));
}

INSTANTIATE_TEST_SUITE_P(
    Each, NewerNotificationProblem,
    testing::Values(
        NewerCase{"smtp: mx\n\tfrom-address a@b\n\tmailto a@b\n",
                  "1: smtp 'mx': property 'server' is missing"},
        NewerCase{"smtp: mx\n\tserver x\n\tmailto a@b\n",
                  "1: smtp 'mx': property 'from-address' is missing"},
        NewerCase{"smtp: mx\n\tserver x\n\tfrom-address a@b\n",
                  "1: smtp 'mx': one of the properties mailto, mailto-user must be there"},
        NewerCase{"smtp: mx\n\tserver x:25\n\tfrom-address a@b\n\tmailto a@b\n",
                  "2: smtp 'mx': property 'server' must be a host name or an IP address"},
        NewerCase{"smtp: mx\n\tserver x\n\tport 0\n\tfrom-address a@b\n\tmailto a@b\n",
                  "3: smtp 'mx': property 'port' must be a number from 1 to 65535"},
        NewerCase{"smtp: mx\n\tserver x\n\tmode ssl\n\tfrom-address a@b\n\tmailto a@b\n",
                  "3: smtp 'mx': property 'mode' must be one of insecure, starttls, tls"},
        NewerCase{"smtp: mx\n\tserver x\n\tpassword p\n\tfrom-address a@b\n\tmailto a@b\n",
                  "3: smtp 'mx': property 'password' belongs into the private file"},
        NewerCase{"webhook: ww\n\turl https://x\n",
                  "1: webhook 'ww': property 'method' is missing"},
        NewerCase{"webhook: ww\n\tmethod get\n", "1: webhook 'ww': property 'url' is missing"},
        NewerCase{"webhook: ww\n\tmethod get\n\turl ftp://x\n",
                  "3: webhook 'ww': property 'url' must be http://... or https://..."},
        NewerCase{"webhook: ww\n\tmethod post\n\turl http://x\n\tbody ??\n",
                  "4: webhook 'ww': property 'body' must be base64"},
        NewerCase{"webhook: ww\n\tmethod post\n\turl http://x\n\theader name=A B,value=\n",
                  "4: webhook 'ww': property 'header' must be name=NAME,value=BASE64"},
        // A line break in a header's value.
        NewerCase{"webhook: ww\n\tmethod post\n\turl http://x\n\theader name=A,value=YQpi\n",
                  "4: webhook 'ww': property 'header' must be name=NAME,value=BASE64"},
        NewerCase{
            "webhook: ww\n\tmethod post\n\turl http://x\n\tsecret name=a,value=Zm9v\n",
            "4: webhook 'ww': property 'secret' must be name=NAME; the value belongs into the "
            "private file"},
        NewerCase{"matcher: mm\n\tmatch-field type=vzdump\n",
                  "2: matcher 'mm': property 'match-field' must be exact:FIELD"},
        NewerCase{"matcher: mm\n\tmatch-field regex:type=(\n",
                  "2: matcher 'mm': property 'match-field' must be exact:FIELD"},
        NewerCase{"matcher: mm\n\tmatch-severity fatal\n",
                  "2: matcher 'mm': property 'match-severity' must be a list of info"},
        NewerCase{"matcher: mm\n\tmatch-calendar noon\n",
                  "2: matcher 'mm': property 'match-calendar' must be [DAYS] START-END"},
        NewerCase{"matcher: mm\n\tmode or\n",
                  "2: matcher 'mm': property 'mode' must be one of all, any"},
        NewerCase{"matcher: mm\n\ttarget gone\n", "2: matcher 'mm': target 'gone' does not exist"},
        NewerCase{"matcher: mm\n\ttarget mm\n",
                  "2: matcher 'mm': target 'mm' is a matcher, not a target"},
        NewerCase{"group: gg\n\tendpoint ee\n\nexpect: ee\n\ttype a\n\twithin 1h\n",
                  "2: group 'gg': endpoint 'ee' is an expectation, not a target"},
        NewerCase{"expect: ee\n\twithin 1h\n", "1: expect 'ee': property 'type' is missing"},
        NewerCase{"expect: ee\n\ttype a\n", "1: expect 'ee': property 'within' is missing"},
        NewerCase{"expect: ee\n\ttype A\n\twithin 1h\n",
                  "2: expect 'ee': property 'type' must be 1 to 64 lower-case letters"},
        NewerCase{"expect: ee\n\ttype a\n\twithin 30s\n",
                  "3: expect 'ee': property 'within' must be a time"},
        NewerCase{"expect: ee\n\ttype a\n\twithin 1h\n\ttarget gone\n",
                  "4: expect 'ee': target 'gone' does not exist"},
        NewerCase{"sendmail: aa\n\tmailto a@b\n\tquiet-hours never\n",
                  "3: sendmail 'aa': property 'quiet-hours' must be [DAYS] START-END"},
        NewerCase{
            "sendmail: aa\n\tmailto a@b\n\tquiet-hours 0-12\n\tquiet-hours 12-24\n",
            "3: sendmail 'aa': property 'quiet-hours' leaves no time for anything to be sent"},
        NewerCase{"sendmail: aa\n\tmailto a@b\n\tmax-per-hour 0\n",
                  "3: sendmail 'aa': property 'max-per-hour' must be a number from 1 to 1000000"},
        NewerCase{"group: gg\n\tendpoint mail-to-root\n\tmax-per-hour 1\n",
                  "3: group 'gg': unknown property 'max-per-hour'"}));

TEST(NewerNotifications, ASecretOfAWebhookNeedsItsValue) {
    constexpr std::string_view text =
        "webhook: ww\n\tmethod get\n\turl http://x\n\tsecret name=aa\n\tsecret name=bb\n";
    EXPECT_THAT(
        texts(parse_notifications(text, "webhook: ww\n\tsecret name=aa,value=Zm9v\n").problems),
        ElementsAre("notifications.cfg:5: webhook 'ww': secret 'bb' has no value in "
                    "priv/notifications.cfg"));
    EXPECT_THAT(texts(check_private_notifications("webhook: ww\n\tsecret name=aa\n")),
                ElementsAre("priv/notifications.cfg:2: property 'secret' must be "
                            "name=NAME,value=BASE64"));
}

TEST(NewerNotifications, PatternsAndQuietHoursAreBounded) {
    const auto repeated = [](std::string text, std::string_view line, int times) {
        for (int i = 0; i < times; ++i)
            text += line;
        return texts(check_notifications(text + "\nmatcher: after\n"));
    };
    constexpr std::string_view pattern = "\tmatch-field regex:a=b\n";
    EXPECT_THAT(repeated("matcher: mm\n", pattern, 64), IsEmpty());
    EXPECT_THAT(repeated("matcher: mm\n", pattern, 65),
                ElementsAre("notifications.cfg:1: matcher 'mm': there are more than 64 regular "
                            "expressions in the file"));
    constexpr std::string_view hours = "\tquiet-hours 1-2\n";
    EXPECT_THAT(repeated("sendmail: aa\n\tmailto a@b\n", hours, 64), IsEmpty());
    EXPECT_THAT(repeated("sendmail: aa\n\tmailto a@b\n", hours, 65),
                ElementsAre("notifications.cfg:67: sendmail 'aa': property 'quiet-hours' is given "
                            "more than 64 times"));
}

TEST(NewerNotifications, NoSecretIsEverShown) {
    for (const char* secret :
         {"smtp: relay\n\tpassword S3cret\n\tpassword S3cret\n", "smtp: relay\n\tS3cret x\n",
          "webhook: ntfy\n\tsecret name=a,value=S3cret\n", "webhook: ntfy\n\tsecret S3cret\n",
          "smtp: relay\n\tserver S3cret\n"}) {
        const auto problems = texts(parse_notifications(of_current_node, secret).problems);
        EXPECT_THAT(problems, Not(IsEmpty())) << secret;
        for (const std::string& problem : problems)
            EXPECT_THAT(problem, Not(HasSubstr("S3cret"))) << secret;
    }
}

TEST(NewerLastGood, EveryTypeKeepsItsLastGoodVersion) {
    const auto before =
        in_force(parse_notifications(std::string(of_current_node) +
                                         "\nexpect: nightly\n\ttype vzdump\n\twithin 26h\n",
                                     secrets_of_current_node),
                 {});
    EXPECT_EQ(before.good.size(), 9U);
    const auto now = in_force(unreadable_notifications("x"), before.good);
    EXPECT_EQ(now.values.targets.size(), 5U);
    EXPECT_EQ(now.values.matchers.size(), 3U);
    EXPECT_EQ(now.values.expectations.size(), 1U);
    EXPECT_EQ(std::get<SmtpTarget>(now.values.find_target("relay")->settings).password,
              "pass word!");
}

// Whether what no matcher takes was decided against, or only seems so.
TEST(NewerLastGood, MatchersThatMayBeMissingAreKnown) {
    const auto missing = [](std::string_view text, const GoodSections& good = {}) {
        return in_force(parse_notifications(text, ""), good).values.matchers_may_be_missing;
    };
    EXPECT_FALSE(missing("matcher: mm\n\ttarget mail-to-root\n"));
    EXPECT_TRUE(missing("matcher: mm\n\tmatch-severity fatal\n"));
    EXPECT_TRUE(missing("mather: mm\n"));
    EXPECT_TRUE(missing("matcher mm\n"));
    EXPECT_FALSE(missing("sendmail: aa\n\tmailto x\n"));
    const GoodSections good = {{"mm", {"matcher: mm\n", ""}}};
    EXPECT_FALSE(missing("matcher: mm\n\tmatch-severity fatal\n", good));
    EXPECT_TRUE(in_force(unreadable_notifications("x"), good).values.matchers_may_be_missing);
}

}  // namespace
}  // namespace pmx::schema
