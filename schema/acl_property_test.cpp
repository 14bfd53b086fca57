#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "schema/users.h"

// Laws that hold for any set of entries.

namespace pmx::schema {
namespace {

const std::vector<std::string> any_paths = {"/", "/a", "/a/b", "/a/b/c", "/x"};
const std::vector<std::string> any_subjects = {"u@pve", "v@pve",     "@g",
                                               "@h",    "u@pve!sep", "u@pve!full"};
const std::vector<std::string> any_roles = {"Use", "Audit", "NoAccess", "Administrator"};
const std::vector<std::string> any_privileges = {"P.Use", "P.Audit", "P.Other"};

rc::Gen<std::string> any_entry() {
    return rc::gen::map(
        rc::gen::tuple(rc::gen::arbitrary<bool>(), rc::gen::elementOf(any_paths),
                       rc::gen::elementOf(any_subjects), rc::gen::elementOf(any_roles)),
        [](const std::tuple<bool, std::string, std::string, std::string>& entry) {
            return std::string("acl:") + (std::get<0>(entry) ? "1:" : "0:") + std::get<1>(entry) +
                   ":" + std::get<2>(entry) + ":" + std::get<3>(entry) + ":\n";
        });
}

std::string any_entries() {
    std::string text;
    for (const auto& entry : *rc::gen::container<std::vector<std::string>>(any_entry())) {
        text += entry;
    }
    return text;
}

Users users_with(const std::string& entries) {
    return parse_users("users.cfg",
                       "user:u@pve:1:0:\nuser:v@pve:1:0:\ngroup:g:u@pve:\ngroup:h:u@pve,v@pve:\n"
                       "token:u@pve!sep:0:1:\ntoken:u@pve!full:0:0:\n"
                       "role:Use:P.Use:\nrole:Audit:P.Audit:\n" +
                           entries)
        .values;
}

struct Question {
    std::string path = *rc::gen::elementOf(any_paths);
    std::string privilege = *rc::gen::elementOf(any_privileges);

    bool operator()(const Users& users, const char* user, const char* token = "") const {
        return allowed(users, Caller{user, token}, path, privilege, 0);
    }
};

RC_GTEST_PROP(AclLaws, ATokenNeverExceedsItsOwner, ()) {
    const Users users = users_with(any_entries());
    const Question may;
    if (may(users, "u@pve", "sep")) RC_ASSERT(may(users, "u@pve"));
    if (may(users, "u@pve", "full")) RC_ASSERT(may(users, "u@pve"));
}

RC_GTEST_PROP(AclLaws, TheOrderOfTheLinesDoesNotMatter, ()) {
    const auto entries = *rc::gen::container<std::vector<std::string>>(any_entry());
    std::string forward;
    std::string backward;
    for (const auto& entry : entries) {
        forward += entry;
        backward.insert(0, entry);
    }
    const Question may;
    for (const char* token : {"", "sep", "full"}) {
        RC_ASSERT(may(users_with(forward), "u@pve", token) ==
                  may(users_with(backward), "u@pve", token));
    }
}

RC_GTEST_PROP(AclLaws, EntriesBelowOrBesideThePathDoNotMatter, ()) {
    const std::string entries = any_entries();
    Question may;
    may.path = "/a/b";
    const std::string elsewhere = "acl:1:/a/b/c:u@pve:" + *rc::gen::elementOf(any_roles) +
                                  ":\nacl:1:/x:u@pve:" + *rc::gen::elementOf(any_roles) + ":\n";
    RC_ASSERT(may(users_with(entries), "u@pve") == may(users_with(entries + elsewhere), "u@pve"));
}

RC_GTEST_PROP(AclLaws, NoAccessOnThePathItselfEndsAll, ()) {
    Question may;
    const Users users = users_with(any_entries() + "acl:0:" + may.path + ":u@pve:NoAccess:\n");
    RC_ASSERT(!may(users, "u@pve"));
    RC_ASSERT(!may(users, "u@pve", "sep"));
    RC_ASSERT(!may(users, "u@pve", "full"));
}

RC_GTEST_PROP(AclLaws, AGrantOnThePathItselfDecidesUnlessNoAccessIsThere, ()) {
    const std::string entries = any_entries();
    Question may;
    may.privilege = "P.Use";
    const bool refused = entries.find(may.path + ":u@pve:NoAccess") != std::string::npos;
    const Users users = users_with(entries + "acl:0:" + may.path + ":u@pve:Use:\n");
    RC_ASSERT(may(users, "u@pve") || refused);
}

RC_GTEST_PROP(AclLaws, RootMayDoEverythingAndTheUnknownNothing, ()) {
    const Users users = users_with(any_entries());
    const Question may;
    RC_ASSERT(may(users, "root@pam"));
    RC_ASSERT(!may(users, "nobody@pve"));
    RC_ASSERT(!may(users, "u@pve", "unknown"));
}

RC_GTEST_PROP(AclLaws, ATokenWithoutEntriesAndSeparationIsItsOwner, ()) {
    std::string entries;
    for (const auto& entry : *rc::gen::container<std::vector<std::string>>(any_entry())) {
        if (entry.find("!full") == std::string::npos) entries += entry;
    }
    const Users users = users_with(entries);
    const Question may;
    RC_ASSERT(may(users, "u@pve", "full") == may(users, "u@pve"));
}

}  // namespace
}  // namespace pmx::schema
