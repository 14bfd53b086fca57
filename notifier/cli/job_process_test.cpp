#include "notifier/cli/job_process.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace pmx::notifier {
namespace {

TEST(JobProcess, WhatIsVzdump) {
    EXPECT_TRUE(is_vzdump({"/usr/bin/vzdump", "100"}));
    EXPECT_TRUE(is_vzdump({"/usr/bin/perl", "-T", "/usr/bin/vzdump", "--all"}));
    EXPECT_TRUE(is_vzdump({"task UPID:pve1:0000A1:00B2:65:vzdump:100:root@pam:"}));
    EXPECT_FALSE(is_vzdump({"task UPID:pve1:0000A1:00B2:65:qmstart:100:root@pam:"}));
    EXPECT_FALSE(is_vzdump({"/bin/sh", "/usr/share/pmx-notifier/vzdump-hook", "job-end"}));
    EXPECT_FALSE(is_vzdump({}));
}

TEST(JobProcess, OneThatEndedOrIsAnotherIsNotRunning) {
    JobProcess parent = calling_job().process;
    EXPECT_TRUE(is_running(parent));
    EXPECT_EQ(parent, calling_job().process);
    JobProcess later = parent;
    ++later.started;
    EXPECT_FALSE(is_running(later)) << "the same number, another process";
    JobProcess before = parent;
    before.boot = "00000000-0000-0000-0000-000000000000";
    EXPECT_FALSE(is_running(before)) << "of another boot";
}

}  // namespace
}  // namespace pmx::notifier
