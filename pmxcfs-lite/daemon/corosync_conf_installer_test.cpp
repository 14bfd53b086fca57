#include "daemon/corosync_conf_installer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <future>

#include "base/file.h"
#include "control/store_for_tests.h"
#include "schema/corosync_conf.h"
#include "tests/support/temporary_directory.h"

namespace pmx::daemon {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

schema::CorosyncConf conf_of(std::uint64_t version, const std::string& cluster = "lab") {
    auto conf = schema::CorosyncConf::create(cluster, {1, "one", {"10.0.0.1"}});
    EXPECT_TRUE(conf.add({2, "two", {"10.0.0.2"}}));
    conf.set_config_version(version);
    return conf;
}

std::string without_this_node(std::uint64_t version) {
    auto conf = conf_of(1);
    EXPECT_TRUE(conf.remove("one"));
    conf.set_config_version(version);
    return conf.text();
}

class InstallTest : public testing::Test {
  protected:
    Result<InstallOutcome> install(const std::string& text, const std::string& name = "one",
                                   std::uint32_t node = 1) {
        return install_corosync_conf(text, name, NodeId(node), directory_.path());
    }
    std::string refusal(const std::string& text) {
        const auto done = install(text);
        EXPECT_FALSE(done);
        return done ? "" : done.error().message();
    }
    [[nodiscard]] std::string path() const { return directory_.path() + "/corosync.conf"; }
    [[nodiscard]] std::string installed() const { return read_file(path(), 1 << 20).value_or(""); }

    TemporaryDirectory directory_;
};

TEST_F(InstallTest, OnlyAHigherVersionIsInstalled) {
    EXPECT_EQ(install(conf_of(3).text()), InstallOutcome::installed);
    EXPECT_EQ(installed(), conf_of(3).text());
    struct stat status {};
    ASSERT_EQ(::stat(path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0644U);
    EXPECT_EQ(install(conf_of(3).text()), InstallOutcome::nothing_new);
    EXPECT_EQ(install(conf_of(2).text()), InstallOutcome::nothing_new);
    EXPECT_EQ(installed(), conf_of(3).text());
    EXPECT_EQ(install(conf_of(4).text()), InstallOutcome::installed);
    EXPECT_EQ(installed(), conf_of(4).text());
}

TEST_F(InstallTest, ADamagedOneIsOlderThanAny) {
    ASSERT_TRUE(replace_file(path(), "totem {\n", 0644));
    EXPECT_EQ(install(conf_of(1).text()), InstallOutcome::installed);
}

TEST_F(InstallTest, NothingIsInstalledThatWouldHarm) {
    ASSERT_EQ(install(conf_of(3).text()), InstallOutcome::installed);
    EXPECT_THAT(refusal("nonsense\n"), HasSubstr("corosync.conf:1:"));
    EXPECT_THAT(refusal(conf_of(9, "other").text()), HasSubstr("of cluster other"));
    auto changed = conf_of(2);
    ASSERT_TRUE(changed.add({3, "three", {"10.0.0.3"}}));
    EXPECT_THAT(refusal(changed.text()), HasSubstr("has not grown"));
    EXPECT_EQ(install(without_this_node(9)), InstallOutcome::removed);
    EXPECT_EQ(install(without_this_node(1)), InstallOutcome::nothing_new);
    EXPECT_THAT(install(conf_of(9).text(), "one", 7).error().message(), HasSubstr("the id 1"));
    EXPECT_EQ(installed(), conf_of(3).text());
}

class InstallerTest : public InstallTest {
  protected:
    ports::Committed save(const std::string& text) {
        store_.write_file("corosync.conf", text);
        ports::Committed committed;
        committed.changes.emplace_back();
        committed.changes.back().path = "corosync.conf";
        return committed;
    }
    // Each succeeds once `failures` calls of it have failed.
    CorosyncControl corosync(int failures) {
        const auto succeed_in_the_end = [failures](std::promise<void>& done) {
            return [&done, failures, calls = 0]() mutable -> Result<void> {
                if (calls++ < failures) return fail(Code::busy, "try again");
                done.set_value();
                return {};
            };
        };
        return {.reload = succeed_in_the_end(reloaded_),
                .shut_down = succeed_in_the_end(shut_down_),
                .expect = [this](std::size_t votes) -> Result<void> {
                    expected_.set_value(votes);
                    return {};
                }};
    }

    control::StoreForTests store_;
    std::promise<void> reloaded_;
    std::promise<void> shut_down_;
    std::promise<std::size_t> expected_;
};

TEST_F(InstallerTest, WhatIsCommittedIsPutIntoEffect) {
    CorosyncConfInstaller installer(store_, directory_.path(), corosync(1));
    installer.committed(save(conf_of(3).text()));
    ASSERT_EQ(reloaded_.get_future().wait_for(60s), std::future_status::ready);
    EXPECT_EQ(installed(), conf_of(3).text());
}

TEST_F(InstallerTest, WhatWasCommittedBeforeIsFoundAtTheStart) {
    save(conf_of(3).text());
    CorosyncConfInstaller installer(store_, directory_.path(), corosync(0));
    installer.check();
    ASSERT_EQ(reloaded_.get_future().wait_for(60s), std::future_status::ready);
    EXPECT_EQ(installed(), conf_of(3).text());
}

TEST_F(InstallerTest, ANodeThatWasRemovedLeaves) {
    ASSERT_EQ(install(conf_of(3).text()), InstallOutcome::installed);
    CorosyncConfInstaller installer(store_, directory_.path(), corosync(1));
    installer.committed(save(without_this_node(4)));
    ASSERT_EQ(shut_down_.get_future().wait_for(60s), std::future_status::ready);
    EXPECT_EQ(installed(), conf_of(3).text());
}

TEST_F(InstallerTest, TheVoteOfANodeThatLeftIsExpectedNoMore) {
    auto conf = conf_of(3);
    ASSERT_EQ(install(conf.text()), InstallOutcome::installed);
    ASSERT_TRUE(conf.remove("two"));
    conf.set_config_version(4);
    CorosyncConfInstaller installer(store_, directory_.path(), corosync(1));
    installer.committed(save(conf.text()));
    auto expected = expected_.get_future();
    ASSERT_EQ(expected.wait_for(60s), std::future_status::ready);
    EXPECT_EQ(expected.get(), 1U);
}

TEST_F(InstallerTest, StoppingDoesNotWaitForCorosync) {
    std::promise<void> tried;
    const auto reload = [&, first = true]() mutable -> Result<void> {
        if (std::exchange(first, false)) tried.set_value();
        return fail(Code::io_error, "no corosync");
    };
    CorosyncConfInstaller installer(store_, directory_.path(),
                                    {.reload = reload, .shut_down = {}, .expect = {}});
    installer.committed(save(conf_of(3).text()));
    tried.get_future().wait();
    const auto before = std::chrono::steady_clock::now();
    installer.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - before, 60s);
    EXPECT_EQ(installed(), conf_of(3).text());
}

}  // namespace
}  // namespace pmx::daemon
