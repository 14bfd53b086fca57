#include "schema/users.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmx::schema {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> users_problems(std::string_view text) {
    std::vector<std::string> lines;
    for (const Problem& problem : parse_users("users.cfg", text).problems) {
        lines.push_back(to_string(problem));
    }
    return lines;
}

TEST(Users, ReadsEveryKindOfLine) {
    const Parsed<Users> parsed = parse_users(
        "users.cfg",
        "# people\n"
        "user:root@pam:1:0:::root@example.com:::\n"
        "user:alice@pve:1:1700000000:Alice:Smith:alice@example.com:the boss:x!y:\r\n"
        "user:bob@pve:0:0:\n"
        "\n"
        "group:ops:alice@pve,bob@pve:on call:\n"
        "token:alice@pve!backup:5:0:for scripts:\n"
        "token:alice@pve!limited:0:1::\n"
        "role:Notifier:Mapping.Use,Mapping.Audit:\n"
        "pool:web:comment:100,101:local:\n"
        "acl:1:/mapping//notification/:alice@pve,@ops,alice@pve!limited:Notifier,PVEAuditor:\n");
    EXPECT_THAT(parsed.problems, IsEmpty());
    const Users& users = parsed.values;
    const User& alice = users.users.find("alice@pve")->second;
    EXPECT_TRUE(alice.enabled);
    EXPECT_EQ(alice.expire_s, 1700000000);
    EXPECT_EQ(alice.first_name, "Alice");
    EXPECT_EQ(alice.last_name, "Smith");
    EXPECT_EQ(alice.email, "alice@example.com");
    EXPECT_EQ(alice.comment, "the boss");
    EXPECT_FALSE(users.users.find("bob@pve")->second.enabled);
    EXPECT_THAT(users.groups.find("ops")->second, ElementsAre("alice@pve", "bob@pve"));
    EXPECT_FALSE(users.tokens.find("alice@pve!backup")->second.privilege_separation);
    EXPECT_EQ(users.tokens.find("alice@pve!backup")->second.expire_s, 5);
    EXPECT_TRUE(users.tokens.find("alice@pve!limited")->second.privilege_separation);
    EXPECT_THAT(users.roles.find("Notifier")->second, ElementsAre("Mapping.Audit", "Mapping.Use"));
    ASSERT_EQ(users.acl.size(), 6U);
    EXPECT_EQ(users.acl[0].path, "/mapping/notification");
    EXPECT_TRUE(users.acl[0].propagate);
    EXPECT_EQ(users.acl[2].kind, SubjectKind::group);
    EXPECT_EQ(users.acl[2].subject, "ops");
    EXPECT_EQ(users.acl[5].kind, SubjectKind::token);
    EXPECT_EQ(users.acl[5].role, "PVEAuditor");
}

struct UsersCase {
    const char* text;
    const char* problem;
};
class UsersProblem : public testing::TestWithParam<UsersCase> {};

TEST_P(UsersProblem, IsReportedWithLineAndReason) {
    EXPECT_THAT(users_problems(GetParam().text), ElementsAre(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Each, UsersProblem,
    testing::Values(
        UsersCase{"\nusr:a@pve:1:0:\n",
                  "users.cfg:2: expected user, group, token, role, pool or acl"},
        UsersCase{"user:alice:1:0:\n", "users.cfg:1: user: the id must be name@realm"},
        UsersCase{"user:a@pve:x:0:\n", "users.cfg:1: enable must be 1 or 0"},
        UsersCase{"user:a@pve:1:soon:\n", "users.cfg:1: expire must be seconds since 1970, or 0"},
        UsersCase{"user:a@pve:1:99999999999999999999:\n",
                  "users.cfg:1: expire must be seconds since 1970, or 0"},
        UsersCase{"user:a@pve:1:0:a\x01:\n", "users.cfg:1: control character"},
        UsersCase{"user:a@pve:1:0:\nuser:a@pve:0:0:\n",
                  "users.cfg:2: user 'a@pve' is there twice, the first one counts"},
        UsersCase{"group:g:nobody@pve:\n",
                  "users.cfg:1: group 'g': user 'nobody@pve' does not exist"},
        UsersCase{"group:g:nobody:\n", "users.cfg:1: group 'g': a member must be name@realm"},
        UsersCase{"group:a b::\n", "users.cfg:1: group: not a name"},
        UsersCase{"group:g::\ngroup:g::\n",
                  "users.cfg:2: group 'g' is there twice, the first one counts"},
        UsersCase{"token:a@pve!tt:0:1:\n",
                  "users.cfg:1: token 'a@pve!tt': user 'a@pve' does not exist"},
        UsersCase{"token:root@pam:0:1:\n", "users.cfg:1: token: the id must be name@realm!token"},
        UsersCase{"token:root@pam!tt:0:2:\n", "users.cfg:1: privsep must be 1 or 0"},
        UsersCase{"role:PVEAuditor:Sys.Modify:\n",
                  "users.cfg:1: role 'PVEAuditor' is built in and cannot be changed"},
        UsersCase{"role:r:a!b:\n", "users.cfg:1: role 'r': not a privilege"},
        UsersCase{"acl:1:mapping:root@pam:PVEAuditor:\n",
                  "users.cfg:1: acl: the path must start with '/'"},
        UsersCase{"acl:2:/:root@pam:PVEAuditor:\n", "users.cfg:1: propagate must be 1 or 0"},
        UsersCase{"acl:1:/:root@pam:\n", "users.cfg:1: acl: needs subjects and roles"},
        UsersCase{"acl:1:/:root:PVEAuditor:\n",
                  "users.cfg:1: acl: a subject must be name@realm, @group or name@realm!token"},
        UsersCase{"acl:1:/:root@pam:NoSuch:\n", "users.cfg:1: acl: role 'NoSuch' does not exist"},
        UsersCase{"acl:1:/:@gone:PVEAuditor:\n", "users.cfg:1: acl: group 'gone' does not exist"},
        UsersCase{"acl:1:/:x@pve:PVEAuditor:\n", "users.cfg:1: acl: user 'x@pve' does not exist"},
        UsersCase{"acl:1:/:root@pam!tt:PVEAuditor:\n",
                  "users.cfg:1: acl: token 'root@pam!tt' does not exist"}));

TEST(Users, ALineThatDoesNotParseTakesNoOtherWithIt) {
    const auto parsed = parse_users("users.cfg", "nonsense\nuser:a@pve:1:0:\nuser:x\n");
    EXPECT_EQ(parsed.problems.size(), 2U);
    EXPECT_EQ(parsed.values.users.size(), 1U);
}

TEST(Users, ReferencesMayComeBeforeWhatTheyNameExists) {
    EXPECT_THAT(users_problems("acl:1:/:@g,a@pve,a@pve!tt:r:\ngroup:g:a@pve:\ntoken:a@pve!tt:0:1:\n"
                               "role:r:Sys.Audit:\nuser:a@pve:1:0:\n"),
                IsEmpty());
}

TEST(Users, WhoGetsMail) {
    const Users users = parse_users("users.cfg",
                                    "user:ok@pve:1:100:::ok@example.com:::\n"
                                    "user:off@pve:0:0:::off@example.com:::\n"
                                    "user:none@pve:1:0:::::\n"
                                    "user:bad@pve:1:0:::-f x:::\n")
                            .values;
    EXPECT_EQ(why_no_mail(users, "ok@pve", 99), std::nullopt);
    EXPECT_EQ(why_no_mail(users, "ok@pve", 100), "expired");
    EXPECT_EQ(why_no_mail(users, "off@pve", 0), "disabled");
    EXPECT_EQ(why_no_mail(users, "none@pve", 0), "no e-mail address");
    EXPECT_EQ(why_no_mail(users, "bad@pve", 0), "unusable e-mail address");
    EXPECT_EQ(why_no_mail(users, "gone@pve", 0), "unknown user");
}

TEST(Caller, Parse) {
    EXPECT_EQ(parse_caller("alice@pve").value(), (Caller{"alice@pve", ""}));
    EXPECT_EQ(parse_caller("alice@pve!backup").value(), (Caller{"alice@pve", "backup"}));
    EXPECT_EQ(parse_caller("a@corp.example@ldap-1").value(), (Caller{"a@corp.example@ldap-1", ""}));
    EXPECT_EQ(to_string(Caller{"alice@pve", "backup"}), "alice@pve!backup");
    for (const char* text : {"", "alice", "@pve", "alice@", "alice@pve!", "alice@pve!!x", "a b@pve",
                             "a:b@pve", "a,b@pve", "a/b@pve", "alice@pve!a b", "alice@pve!x!y",
                             "alice@1ab", "@ops@pve", "alice\n@pve", "!x@pve", "#a@pve"}) {
        const auto caller = parse_caller(text);
        ASSERT_FALSE(caller) << text;
        EXPECT_EQ(caller.error().code(), Code::invalid_argument);
    }
}

TEST(Caller, LocalUsers) {
    EXPECT_EQ(caller_of_local_user(0, "toor").value(), (Caller{"root@pam", ""}));
    EXPECT_EQ(caller_of_local_user(1000, "alice").value(), (Caller{"alice@pam", ""}));
    // Nobody becomes root, or a token, by the name he has.
    for (const char* name : {"root", "", "a!b", "a b", "x:y", "a/b"}) {
        EXPECT_FALSE(caller_of_local_user(1000, name)) << name;
    }
    EXPECT_EQ(caller_of_local_user(1000, "root@pam").value().user, "root@pam@pam");
}

TEST(UsersDocument, SetReplacesOrAddsALine) {
    UsersDocument document("# people\nuser:a@pve:1:0:::a@b:::\n\ngroup:g:a@pve::\n# end\n");
    ASSERT_TRUE(document.set("user", {"a@pve", "0", "0"}));
    ASSERT_TRUE(document.set("user", {"b@pve", "1", "0"}));
    ASSERT_TRUE(document.set("role", {"r", "Sys.Audit"}));
    EXPECT_EQ(document.text(),
              "# people\nuser:a@pve:0:0:\nuser:b@pve:1:0:\n\ngroup:g:a@pve::\n# end\n"
              "role:r:Sys.Audit:\n");
    ASSERT_TRUE(document.remove("user", "a@pve"));
    EXPECT_EQ(document.text(),
              "# people\nuser:b@pve:1:0:\n\ngroup:g:a@pve::\n# end\nrole:r:Sys.Audit:\n");
}

TEST(UsersDocument, AclLinesAreKnownByPathAndSubjects) {
    UsersDocument document("acl:1:/:a@pve:PVEAuditor:\nacl:1:/x:a@pve:PVEAuditor:\n");
    ASSERT_TRUE(document.set("acl", {"0", "/x", "a@pve", "PVEAdmin"}));
    EXPECT_EQ(document.text(), "acl:1:/:a@pve:PVEAuditor:\nacl:0:/x:a@pve:PVEAdmin:\n");
    ASSERT_TRUE(document.remove("acl", "/:a@pve"));
    EXPECT_EQ(document.text(), "acl:0:/x:a@pve:PVEAdmin:\n");
}

TEST(UsersDocument, RefusesWhatWouldBecomeAnotherLineOrField) {
    UsersDocument document("user:a@pve:1:0:\n");
    EXPECT_FALSE(document.set("user", {"a@pve", "1:0", "x"}));
    EXPECT_FALSE(document.set("user", {"a@pve\nacl", "1"}));
    EXPECT_FALSE(document.set("usr", {"a@pve"}));
    EXPECT_FALSE(document.set("user", {}));
    EXPECT_FALSE(document.remove("user", "b@pve"));
    EXPECT_EQ(document.text(), "user:a@pve:1:0:\n");
}

}  // namespace
}  // namespace pmx::schema
