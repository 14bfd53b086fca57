#include "schema/datacenter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmx::schema {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> datacenter_problems(std::string_view text) {
    std::vector<std::string> lines;
    for (const Problem& problem : parse_datacenter(text).problems) {
        lines.push_back(to_string(problem));
    }
    return lines;
}

TEST(Datacenter, ReadsItsKeysAndToleratesTheOthers) {
    const auto parsed = parse_datacenter(
        "# description\n"
        "keyboard: de\r\n"
        "migration: secure,network=10.0.0.0/24\n"
        "email_from: pve@example.com\n"
        "http_proxy: http://user:pw@proxy.example.com:3128\n"
        "notify: package-updates=always, fencing=never,replication=never,target-fencing=phone,"
        "target-package-updates=admins,target-replication=all\n");
    EXPECT_THAT(parsed.problems, IsEmpty());
    EXPECT_EQ(parsed.values.email_from, "pve@example.com");
    EXPECT_EQ(parsed.values.http_proxy->url, "http://user:pw@proxy.example.com:3128");
    EXPECT_EQ(parsed.values.http_proxy->shown, "http://proxy.example.com:3128");
    const NotifySettings& notify = parsed.values.notify;
    EXPECT_EQ(notify.package_updates, Notify::always);
    EXPECT_EQ(notify.fencing, Notify::never);
    EXPECT_EQ(notify.replication, Notify::never);
    EXPECT_EQ(notify.target_fencing, "phone");
    EXPECT_EQ(notify.target_package_updates, "admins");
    EXPECT_EQ(notify.target_replication, "all");
}

TEST(Datacenter, Defaults) {
    const auto parsed = parse_datacenter("");
    EXPECT_EQ(parsed.values.email_from, std::nullopt);
    EXPECT_EQ(parsed.values.notify.package_updates, Notify::automatic);
    EXPECT_EQ(parsed.values.notify.fencing, Notify::always);
    EXPECT_EQ(parsed.values.notify.replication, Notify::always);
    EXPECT_EQ(parsed.values.notify.target_fencing, std::nullopt);
}

TEST(Datacenter, ABadNotifyValueTakesItsDefaultAndTheOthersStay) {
    const auto parsed = parse_datacenter(
        "\nnotify: fencing=auto,package-updates=sometimes,replication=never,target-fencing=a b,"
        "target-replication=all,unknown=1,nonsense\n");
    EXPECT_EQ(parsed.values.notify.fencing, Notify::always);
    EXPECT_EQ(parsed.values.notify.package_updates, Notify::automatic);
    EXPECT_EQ(parsed.values.notify.replication, Notify::never);
    EXPECT_EQ(parsed.values.notify.target_fencing, std::nullopt);
    EXPECT_EQ(parsed.values.notify.target_replication, "all");
    EXPECT_EQ(parsed.problems.size(), 5U);
    EXPECT_THAT(to_string(parsed.problems[0]),
                "datacenter.cfg:2: 'notify' key 'fencing' must be always or never");
}

TEST(Datacenter, Proxies) {
    const auto url = [](const std::string& value) {
        const auto proxy = parse_datacenter("http_proxy: " + value + "\n").values.http_proxy;
        return proxy ? proxy->url : "";
    };
    EXPECT_EQ(url("http://proxy"), "http://proxy:80");
    EXPECT_EQ(url("http://proxy:8080/"), "http://proxy:8080");
    EXPECT_EQ(url("http://[fd00::1]:8080"), "http://[fd00::1]:8080");
    EXPECT_EQ(url("http://u@proxy:1"), "http://u@proxy:1");
    EXPECT_EQ(url("http://u:p%40:@proxy:1"), "http://u:p%40:@proxy:1");
    for (const char* bad : {"", "proxy:80", "https://proxy", "socks5://p", "http://", "http://@p",
                            "http://u:p@", "http://p:99999", "http://p/path", "http://u:p p@h",
                            "http://a@b@c", "http://u:p/@h", "http://u:p#@h", "http://p:80\tx"}) {
        EXPECT_EQ(url(bad), "") << bad;
    }
}

TEST(Datacenter, NoPasswordIsEverShown) {
    for (const char* line :
         {"http_proxy: http://user:S3cret@", "http_proxy: https://user:S3cret@host",
          "http_proxy http://user:S3cret@host", "http_proxy=http://user:S3cret@host:1"}) {
        EXPECT_THAT(datacenter_problems(line), ElementsAre(Not(HasSubstr("S3cret")))) << line;
    }
}

TEST(Datacenter, TheLastOfTwoCountsAndIsReported) {
    const auto parsed = parse_datacenter("email_from: a@b\nemail_from: c@d\n");
    EXPECT_EQ(parsed.values.email_from, "c@d");
    EXPECT_THAT(datacenter_problems("email_from: a@b\nemail_from: c@d\n"),
                ElementsAre("datacenter.cfg:2: 'email_from' is given twice, the last one counts"));
}

TEST(Datacenter, BadLinesAreReported) {
    EXPECT_THAT(datacenter_problems("nonsense\nemail_from: root\n b: c\n"),
                ElementsAre("datacenter.cfg:1: expected 'key: value'",
                            "datacenter.cfg:2: 'email_from' must be an e-mail address",
                            "datacenter.cfg:3: expected 'key: value'"));
}

TEST(DatacenterDocument, EditsOneLine) {
    DatacenterDocument document("# text\nkeyboard: de\nemail_from: a@b\n\n# more\n");
    ASSERT_TRUE(document.set("email_from", " c@d "));
    ASSERT_TRUE(document.set("notify", "fencing=never"));
    EXPECT_EQ(document.text(),
              "# text\nkeyboard: de\nemail_from: c@d\n\n# more\nnotify: fencing=never\n");
    ASSERT_TRUE(document.remove("email_from"));
    EXPECT_EQ(document.text(), "# text\nkeyboard: de\n\n# more\nnotify: fencing=never\n");
    EXPECT_FALSE(document.remove("email_from"));
    EXPECT_FALSE(document.set("email_from", "a@b\nkeyboard: us"));
    EXPECT_FALSE(document.set("email from", "a@b"));
    EXPECT_FALSE(document.set("email_from", " "));
}

}  // namespace
}  // namespace pmx::schema
