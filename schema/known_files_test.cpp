#include "schema/known_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmx::schema {
namespace {

using testing::IsEmpty;
using testing::Not;

constexpr const char* known[] = {"notifications.cfg", "priv/notifications.cfg", "users.cfg",
                                 "user.cfg",          "datacenter.cfg",         "jobs.cfg",
                                 "corosync.conf"};

TEST(KnownFiles, EachIsCheckedUnderItsOwnName) {
    for (const char* path : known) {
        EXPECT_TRUE(is_known_file(path));
        const auto problems = check_file(path, "nonsense\n");
        ASSERT_EQ(problems.size(), 1U) << path;
        EXPECT_EQ(problems[0].file, path);
        EXPECT_EQ(problems[0].line, 1);
    }
}

TEST(KnownFiles, AnEmptyOneIsRightWhereNothingMustBeInIt) {
    for (const std::string path : known) {
        EXPECT_EQ(check_file(path, "").empty(), path != "corosync.conf") << path;
    }
}

TEST(KnownFiles, OthersAreNot) {
    for (const char* path : {"", "storage.cfg", "priv/jobs.cfg", "/jobs.cfg", "nodes/a/jobs.cfg"}) {
        EXPECT_FALSE(is_known_file(path));
        EXPECT_THAT(check_file(path, "nonsense\n"), IsEmpty());
    }
}

TEST(KnownFiles, TogetherTheyShowMore) {
    const std::string text = "gotify: phone\n\tserver https://x\n";
    EXPECT_THAT(check_file("notifications.cfg", text), IsEmpty());
    const auto problems = check_files({{"notifications.cfg", text}, {"jobs.cfg", "nonsense\n"}});
    ASSERT_EQ(problems.size(), 2U);
    EXPECT_EQ(to_string(problems[0]),
              "notifications.cfg:1: gotify 'phone': property 'token' is missing in "
              "priv/notifications.cfg");
    EXPECT_EQ(problems[1].file, "jobs.cfg");
    EXPECT_THAT(check_files({{"notifications.cfg", text},
                             {"priv/notifications.cfg", "gotify: phone\n\ttoken t\n"}}),
                IsEmpty());
    EXPECT_THAT(check_files({}), IsEmpty());
    EXPECT_THAT(check_files({{"priv/notifications.cfg", "gotify: phone\n\ttoken t\n"}}),
                Not(IsEmpty()));
}

}  // namespace
}  // namespace pmx::schema
