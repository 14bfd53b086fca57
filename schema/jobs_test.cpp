#include "schema/jobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmx::schema {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> jobs_problems(std::string_view text) {
    std::vector<std::string> lines;
    for (const Problem& problem : parse_jobs(text).problems)
        lines.push_back(to_string(problem));
    return lines;
}

TEST(Jobs, ReadsBackupsAndToleratesTheRest) {
    const auto parsed = parse_jobs(
        "vzdump: backup-1\n"
        "\tschedule mon..fri 02:00\n"
        "\tcomment nightly\n"
        "\tenabled 0\n"
        "\tmailto a@example.com,b@example.com  alice@pve\n"
        "\tnotification-policy failure\n"
        "\tnotification-target admins\n"
        "\tprune-backups keep-last=3\n"
        "\trepeat x\n"
        "\trepeat y\n"
        "\n"
        "realm-sync: ldap\n"
        "\tenabled perhaps\n");
    EXPECT_THAT(parsed.problems, IsEmpty());
    ASSERT_EQ(parsed.values.backups.size(), 1U);
    const BackupJob& job = *parsed.values.find("backup-1");
    EXPECT_EQ(job.comment, "nightly");
    EXPECT_FALSE(job.enabled);
    EXPECT_EQ(job.policy, JobPolicy::failure);
    EXPECT_EQ(job.target, "admins");
    EXPECT_THAT(job.mailto, ElementsAre("a@example.com", "b@example.com", "alice@pve"));
    EXPECT_EQ(parsed.values.find("ldap"), nullptr);
}

TEST(Jobs, ThePolicyAndTheOldMailnotification) {
    const auto policy = [](const std::string& lines) {
        return parse_jobs("vzdump: x\n" + lines).values.find("x")->policy;
    };
    EXPECT_EQ(policy(""), JobPolicy::always);
    EXPECT_EQ(policy("\tnotification-policy never\n"), JobPolicy::never);
    EXPECT_EQ(policy("\tnotification-policy always\n"), JobPolicy::always);
    EXPECT_EQ(policy("\tmailnotification failure\n"), JobPolicy::failure);
    EXPECT_EQ(policy("\tmailnotification always\n"), JobPolicy::always);
    EXPECT_EQ(policy("\tmailnotification failure\n\tnotification-policy never\n"),
              JobPolicy::never);
}

TEST(Jobs, ProblemsHaveLineAndReason) {
    EXPECT_THAT(jobs_problems("vzdump: x\n\tnotification-policy sometimes\n\tmailto root\n"
                              "\tenabled x\n\tmailnotification never\n\tnotification-target a b\n"
                              "\nvzdump: y\n\tmailto\n\tcomment a\n\tcomment b\nnonsense\n"),
                ElementsAre("jobs.cfg:2: vzdump 'x': property 'notification-policy' must be one of "
                            "always, failure, never",
                            "jobs.cfg:3: vzdump 'x': property 'mailto' must be e-mail addresses or "
                            "users",
                            "jobs.cfg:4: vzdump 'x': property 'enabled' must be 1 or 0",
                            "jobs.cfg:5: vzdump 'x': property 'mailnotification' must be one of "
                            "always, failure",
                            "jobs.cfg:6: vzdump 'x': property 'notification-target' must be a name "
                            "of 2 to 32 letters, digits, '.', '_', '-'",
                            "jobs.cfg:9: vzdump 'y': property 'mailto' has no value",
                            "jobs.cfg:11: vzdump 'y': property 'comment' is given twice",
                            "jobs.cfg:12: expected a section header, 'type: id'"));
}

TEST(Jobs, ABrokenJobStandsAsItWas) {
    const GoodSections before =
        in_force(parse_jobs("vzdump: x\n\tmailto a@b\n\nvzdump: y\n\tmailto c@d\n"), {}).good;
    const auto broken = in_force(parse_jobs("vzdump: x\n\tmailto nobody\n"), before);
    ASSERT_NE(broken.values.find("x"), nullptr);
    EXPECT_THAT(broken.values.find("x")->mailto, ElementsAre("a@b"));
    EXPECT_EQ(broken.values.find("y"), nullptr);
    const auto mangled = in_force(parse_jobs("vzdump x\n\tmailto a@b\n"), before);
    EXPECT_EQ(mangled.values.backups.size(), 2U);
    const auto unreadable = in_force(unreadable_jobs("I/O error"), before);
    EXPECT_EQ(unreadable.values.backups.size(), 2U);
    const GoodSections damaged = {{"x", {"vzdump: y\n", ""}}, {"z", {"nonsense", ""}}};
    EXPECT_THAT(in_force(unreadable_jobs("I/O error"), damaged).values.backups, IsEmpty());
}

}  // namespace
}  // namespace pmx::schema
