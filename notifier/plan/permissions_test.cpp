#include "notifier/plan/permissions.h"

#include <gtest/gtest.h>

namespace pmx::notifier {
namespace {

schema::Users users_with(const std::string& role) {
    return schema::parse_users(
               "users.cfg",
               "user:alice@pve:1:0:\nrole:Use:Mapping.Use:\nrole:Audit:Mapping.Audit:\n"
               "role:Modify:Mapping.Modify:\nacl:1:/mapping/notification/admins:alice@pve:" +
                   role + ":\n")
        .values;
}

const Caller alice{"alice@pve", ""};

TEST(Permissions, WhatEachPrivilegeLetsOneDo) {
    const auto rights = [](const std::string& role) {
        const schema::Users users = users_with(role);
        std::string text;
        if (!may_use(users, alice, "admins", 0)) text += "use ";
        if (!may_test(users, alice, "admins", 0)) text += "test ";
        if (!may_read_configuration(users, alice, "admins", 0)) text += "read ";
        if (!may_change_configuration(users, alice, "admins", 0)) text += "change ";
        return text;
    };
    EXPECT_EQ(rights("Use"), "use test ");
    EXPECT_EQ(rights("Audit"), "test read ");
    EXPECT_EQ(rights("Modify"), "test change ");
    EXPECT_EQ(rights("PVEMappingUser"), "use test read ");
    EXPECT_EQ(rights("PVEMappingAdmin"), "use test read change ");
    EXPECT_EQ(rights("PVEVMAdmin"), "");
}

TEST(Permissions, MailToRootNeedsNoneToUseOrTest) {
    const schema::Users nobody;
    EXPECT_FALSE(may_use(nobody, alice, "mail-to-root", 0));
    EXPECT_FALSE(may_test(nobody, alice, "mail-to-root", 0));
    EXPECT_TRUE(may_read_configuration(nobody, alice, "", 0));
    EXPECT_TRUE(may_change_configuration(nobody, alice, "mail-to-root", 0));
}

TEST(Permissions, ARefusalNamesPathAndPrivilege) {
    const auto refusal = may_use(users_with("Audit"), alice, "admins", 0);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->path, "/mapping/notification/admins");
    EXPECT_EQ(refusal->privilege, "Mapping.Use");
    EXPECT_EQ(to_string(*refusal, alice),
              "alice@pve lacks Mapping.Use on /mapping/notification/admins");
    EXPECT_EQ(may_test({}, alice, "admins", 0)->privilege,
              "Mapping.Use or Mapping.Audit or Mapping.Modify");
    EXPECT_EQ(may_read_configuration({}, alice, "", 0)->path, "/mapping/notification");
}

TEST(Permissions, TheCallerIsWhoTheSocketSays) {
    EXPECT_EQ(resolve_caller(0, "root", std::nullopt).value(), (Caller{"root@pam", ""}));
    EXPECT_EQ(resolve_caller(7, "bob", std::nullopt).value(), (Caller{"bob@pam", ""}));
    EXPECT_EQ(resolve_caller(0, "root", "alice@pve!tok").value(), (Caller{"alice@pve", "tok"}));
    EXPECT_EQ(resolve_caller(7, "bob", "alice@pve").error().code(), Code::access_denied);
    EXPECT_EQ(resolve_caller(7, "bob", "bob@pam").error().code(), Code::access_denied);
    EXPECT_EQ(resolve_caller(0, "root", "alice").error().code(), Code::invalid_argument);
    EXPECT_EQ(resolve_caller(7, "root", std::nullopt).error().code(), Code::invalid_argument);
}

}  // namespace
}  // namespace pmx::notifier
