#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema/users.h"

namespace pmx::schema {
namespace {

constexpr std::string_view admins_path = "/mapping/notification/admins";
constexpr std::int64_t now_s = 1000;

class Acl : public testing::Test {
  protected:
    // The people of every test, and the lines of this one.
    bool may(std::string_view lines, const char* caller, std::string_view path = admins_path,
             std::string_view privilege = privilege::mapping_use) {
        const auto parsed = parse_users("users.cfg", std::string(people) + std::string(lines));
        EXPECT_TRUE(parsed.problems.empty() || may_have_problems)
            << to_string(parsed.problems.front());
        return allowed(parsed.values, parse_caller(caller).value(), path, privilege, now_s);
    }

    static constexpr std::string_view people =
        "user:alice@pve:1:0:\n"
        "user:off@pve:0:0:\n"
        "user:old@pve:1:1000:\n"
        "user:young@pve:1:1001:\n"
        "group:ops:alice@pve,off@pve,old@pve,young@pve::\n"
        "group:guests:alice@pve::\n"
        "token:alice@pve!sep:0:1::\n"
        "token:alice@pve!full:0:0::\n"
        "token:alice@pve!old:1000:0::\n"
        "token:off@pve!full:0:0::\n"
        "token:old@pve!full:0:0::\n"
        "token:root@pam!sep:0:1::\n"
        "token:root@pam!full:0:0::\n"
        "role:Mine:Mapping.Use:\n";
    bool may_have_problems = false;
};

TEST_F(Acl, NothingIsAllowedWithoutAnEntry) {
    EXPECT_FALSE(may("", "alice@pve"));
}

TEST_F(Acl, RootMayDoEverything) {
    EXPECT_TRUE(may("", "root@pam"));
    EXPECT_TRUE(may("acl:1:/:root@pam:NoAccess:\n", "root@pam", "/", "Sys.Modify"));
    EXPECT_TRUE(may("user:root@pam:0:0:\n", "root@pam"));
}

TEST_F(Acl, BuiltInRoles) {
    const auto privileges = [&](const std::string& role) {
        std::string found;
        for (const auto privilege :
             {privilege::mapping_audit, privilege::mapping_use, privilege::mapping_modify}) {
            const std::string line = "acl:1:/:alice@pve:" + role + ":\n";
            if (may(line, "alice@pve", admins_path, privilege)) {
                found += privilege.substr(privilege.find('.'));
            }
        }
        return found;
    };
    EXPECT_EQ(privileges("PVEMappingAdmin"), ".Audit.Use.Modify");
    EXPECT_EQ(privileges("PVEMappingUser"), ".Audit.Use");
    EXPECT_EQ(privileges("PVEAuditor"), ".Audit");
    EXPECT_EQ(privileges("Administrator"), ".Audit.Use.Modify");
    EXPECT_EQ(privileges("PVEAdmin"), ".Audit.Use.Modify");
    EXPECT_EQ(privileges("NoAccess"), "");
    EXPECT_EQ(privileges("PVEVMAdmin"), "");
    EXPECT_EQ(privileges("PVEUserAdmin"), "");
    EXPECT_EQ(privileges("Mine"), ".Use");
    EXPECT_TRUE(may("acl:1:/:alice@pve:Administrator:\n", "alice@pve", "/", "Any.Thing"));
    EXPECT_FALSE(may("acl:1:/:alice@pve:PVEAdmin:\n", "alice@pve", "/", "Permissions.Modify"));
    EXPECT_FALSE(may("acl:1:/:alice@pve:PVEAdmin:\n", "alice@pve", "/", "Sys.PowerMgmt"));
}

TEST_F(Acl, AnEntryCountsOnThePathItselfAndBelowWhereItPropagates) {
    EXPECT_TRUE(may("acl:1:/mapping:alice@pve:Mine:\n", "alice@pve"));
    EXPECT_FALSE(may("acl:0:/mapping:alice@pve:Mine:\n", "alice@pve"));
    EXPECT_TRUE(may("acl:0:/mapping/notification/admins:alice@pve:Mine:\n", "alice@pve"));
    EXPECT_TRUE(may("acl:0:/mapping:alice@pve:Mine:\n", "alice@pve", "/mapping"));
    EXPECT_TRUE(may("acl:0:/:alice@pve:Mine:\n", "alice@pve", "/"));
    EXPECT_TRUE(may("acl:0:/mapping:alice@pve:Mine:\n", "alice@pve", "/mapping/"));
    // Neither a sibling, nor a child, nor a prefix that is no parent.
    EXPECT_FALSE(may("acl:1:/mapping/notification/adm:alice@pve:Mine:\n", "alice@pve"));
    EXPECT_FALSE(may("acl:1:/mapping/notification/admins/x:alice@pve:Mine:\n", "alice@pve"));
    EXPECT_FALSE(may("acl:1:/:alice@pve:Mine:\n", "alice@pve", "mapping"));
}

TEST_F(Acl, ANodeReplacesWhatCameFromAbove) {
    constexpr auto above = "acl:1:/mapping:alice@pve:Mine:\n";
    EXPECT_FALSE(may(std::string(above) + "acl:1:/mapping/notification:alice@pve:PVEAuditor:\n",
                     "alice@pve"));
    // What does not count replaces nothing.
    EXPECT_TRUE(may(std::string(above) + "acl:0:/mapping/notification:alice@pve:PVEAuditor:\n",
                    "alice@pve"));
    EXPECT_TRUE(
        may("acl:1:/mapping:alice@pve:PVEAuditor:\n"
            "acl:1:/mapping/notification/admins:alice@pve:Mine:\n",
            "alice@pve"));
}

TEST_F(Acl, NoAccessBeatsTheOthersOfItsNode) {
    EXPECT_FALSE(may("acl:1:/mapping:alice@pve:Mine,NoAccess:\n", "alice@pve"));
    EXPECT_FALSE(may("acl:1:/:alice@pve:Mine:\nacl:1:/mapping:alice@pve:NoAccess:\n", "alice@pve"));
    EXPECT_FALSE(may("acl:1:/mapping:@ops:Mine:\nacl:1:/mapping:@guests:NoAccess:\n", "alice@pve"));
    EXPECT_FALSE(may("acl:1:/:alice@pve:Administrator,NoAccess:\n", "alice@pve"));
    EXPECT_TRUE(may("acl:1:/:alice@pve:NoAccess:\nacl:1:/mapping:alice@pve:Mine:\n", "alice@pve"));
}

TEST_F(Acl, GroupsAreUnitedAndTheUsersOwnEntriesComeFirst) {
    EXPECT_TRUE(
        may("acl:1:/mapping:@ops:PVEAuditor:\nacl:1:/mapping:@guests:Mine:\n", "alice@pve"));
    EXPECT_FALSE(
        may("acl:1:/mapping:@ops:Mine:\nacl:1:/mapping:alice@pve:PVEAuditor:\n", "alice@pve"));
    // By node: the group's entry further down replaces the user's further up.
    EXPECT_TRUE(
        may("acl:1:/mapping:alice@pve:PVEAuditor:\n"
            "acl:1:/mapping/notification:@ops:Mine:\n",
            "alice@pve"));
    // A user's entry that does not count does not hide the group's.
    EXPECT_TRUE(
        may("acl:1:/mapping:@ops:Mine:\nacl:0:/mapping:alice@pve:PVEAuditor:\n", "alice@pve"));
}

TEST_F(Acl, AnUnknownRoleGrantsNothingAndStillReplaces) {
    may_have_problems = true;
    EXPECT_FALSE(may("acl:1:/:alice@pve:Mine:\nacl:1:/mapping:alice@pve:NoAcess:\n", "alice@pve"));
}

TEST_F(Acl, DisabledExpiredAndUnknownHaveNothing) {
    constexpr auto entry = "acl:1:/:@ops:Mine:\n";
    EXPECT_FALSE(may(entry, "off@pve"));
    EXPECT_FALSE(may(entry, "old@pve"));
    EXPECT_TRUE(may(entry, "young@pve"));
    may_have_problems = true;
    EXPECT_FALSE(may("acl:1:/:gone@pve:Mine:\n", "gone@pve"));
}

TEST_F(Acl, ATokenWithSeparationHasWhatItAndItsOwnerHave) {
    constexpr auto token = "acl:1:/mapping:alice@pve!sep:Mine:\n";
    constexpr auto owner = "acl:1:/mapping:alice@pve:Mine:\n";
    EXPECT_FALSE(may(token, "alice@pve!sep"));
    EXPECT_FALSE(may(owner, "alice@pve!sep"));
    EXPECT_TRUE(may(std::string(token) + owner, "alice@pve!sep"));
    EXPECT_TRUE(may(std::string(token) + "acl:1:/:@ops:Mine:\n", "alice@pve!sep"));
    EXPECT_FALSE(may("acl:1:/:alice@pve!sep:Administrator:\nacl:1:/:alice@pve:PVEAuditor:\n",
                     "alice@pve!sep"));
}

TEST_F(Acl, ATokenWithoutSeparationIsItsOwner) {
    EXPECT_TRUE(may("acl:1:/mapping:alice@pve:Mine:\n", "alice@pve!full"));
    EXPECT_TRUE(may("acl:1:/mapping:@ops:Mine:\n", "alice@pve!full"));
    EXPECT_FALSE(may("", "alice@pve!full"));
    // Its own entries come before the owner's and can only take away.
    EXPECT_FALSE(may("acl:1:/mapping:alice@pve:Mine:\nacl:1:/mapping:alice@pve!full:NoAccess:\n",
                     "alice@pve!full"));
    EXPECT_FALSE(may("acl:1:/mapping:alice@pve!full:Mine:\n", "alice@pve!full"));
}

TEST_F(Acl, ATokenIsNoBetterThanItsOwnerAndItself) {
    constexpr auto entries = "acl:1:/:@ops:Mine:\nacl:1:/:alice@pve:Mine:\n";
    EXPECT_FALSE(may(entries, "alice@pve!old"));
    EXPECT_FALSE(may(entries, "off@pve!full"));
    EXPECT_FALSE(may(entries, "old@pve!full"));
    EXPECT_FALSE(may(entries, "alice@pve!gone"));
}

TEST_F(Acl, TokensOfRoot) {
    EXPECT_TRUE(may("", "root@pam!full"));
    EXPECT_FALSE(may("", "root@pam!sep"));
    EXPECT_TRUE(may("acl:1:/mapping:root@pam!sep:Mine:\n", "root@pam!sep"));
    EXPECT_FALSE(may("user:root@pam:0:0:\n", "root@pam!full"));
    EXPECT_FALSE(may("", "root@pam!gone"));
}

TEST_F(Acl, ANameIsNotAToken) {
    const Users users =
        parse_users("users.cfg", std::string(people) + "acl:1:/:alice@pve:Mine:\n").values;
    EXPECT_FALSE(allowed(users, Caller{"alice@pve!full", ""}, "/", privilege::mapping_use, now_s));
    EXPECT_FALSE(allowed(users, Caller{"", ""}, "/", privilege::mapping_use, now_s));
}

}  // namespace
}  // namespace pmx::schema
