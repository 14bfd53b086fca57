#include "daemon/corosync_conf_installer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "base/file.h"
#include "control/store_for_tests.h"
#include "daemon/conf_for_tests.h"
#include "tests/support/temporary_directory.h"

namespace pmx::daemon {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class ConfTest : public testing::Test {
  protected:
    [[nodiscard]] std::string path() const { return directory_.path() + "/corosync.conf"; }
    [[nodiscard]] std::string text_at(const std::string& suffix) const {
        return read_file(path() + suffix, 1 << 20).value_or("");
    }
    [[nodiscard]] std::string installed() const { return text_at(""); }
    void put(const std::string& text) { ASSERT_TRUE(replace_file(path(), text, 0644)); }

    TemporaryDirectory directory_;
};

// The log has as many voters as the test says.
class StoreWithVoters : public control::StoreForTests {
  public:
    [[nodiscard]] ports::StoreStatus status() const override {
        ports::StoreStatus status = StoreForTests::status();
        for (std::uint32_t id = 1; id <= voters; ++id)
            status.replica.voters.push_back({NodeId(id), {}});
        ++looks;
        return status;
    }
    std::atomic<std::uint32_t> voters = 1;
    mutable std::atomic<int> looks = 0;
};

class InstallerTest : public ConfTest {
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
        CorosyncControl control;
        // As corosync looks for itself in the text.
        control.accepts = [](std::string_view text) -> Result<void> {
            if (text.find("10.0.0.1\n") != text.npos) return {};
            return fail(Code::invalid_argument, "No valid name found for local host");
        };
        control.accepts_elsewhere = [](std::string_view) -> Result<void> { return {}; };
        control.reload = succeed_in_the_end(reloaded_);
        control.shut_down = succeed_in_the_end(shut_down_);
        control.expect = [this](std::size_t votes) -> Result<void> {
            expected_.set_value(votes);
            return {};
        };
        control.runs = [] { return true; };
        control.failed_to_start = [] { return false; };
        control.start = [this]() -> Result<void> {
            started_.set_value();
            return {};
        };
        return control;
    }
    // Every reload fails while the file is `bad`.
    CorosyncControl corosync_that_does_not_load(const std::string& bad) {
        CorosyncControl control = corosync(0);
        control.reload = [this, bad]() -> Result<void> {
            if (installed() == bad) return fail(Code::io_error, "cannot bind");
            went_back_.set_value();
            return {};
        };
        return control;
    }
    static void wait(std::promise<void>& done) {
        ASSERT_EQ(done.get_future().wait_for(60s), std::future_status::ready);
    }
    [[nodiscard]] std::string problems() const {
        std::string all;
        for (const auto& problem : store_.local_problems().list())
            all += problem.reason + "\n";
        return all;
    }
    void wait_for_problem(std::string_view words) const {
        const auto deadline = std::chrono::steady_clock::now() + 60s;
        while (problems().find(words) == std::string::npos) {
            ASSERT_LT(std::chrono::steady_clock::now(), deadline) << words << "\n" << problems();
            std::this_thread::yield();
        }
    }

    StoreWithVoters store_;
    std::promise<void> reloaded_;
    std::promise<void> shut_down_;
    std::promise<std::size_t> expected_;
    std::promise<void> started_;
    std::promise<void> went_back_;
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
    put(conf_of(3).text());
    CorosyncConfInstaller installer(store_, directory_.path(), corosync(1));
    installer.committed(save(without_this_node(4)));
    ASSERT_EQ(shut_down_.get_future().wait_for(60s), std::future_status::ready);
    EXPECT_EQ(installed(), conf_of(3).text());
}

TEST_F(InstallerTest, TheOneThatIsLeftOfTwoWaitsForTheOtherToLeave) {
    auto conf = conf_of(3);
    put(conf.text());
    ASSERT_TRUE(conf.remove("two"));
    conf.set_config_version(4);
    store_.voters = 2;
    CorosyncConfInstaller installer(store_, directory_.path(), corosync(0));
    installer.committed(save(conf.text()));
    auto reloaded = reloaded_.get_future();
    while (store_.looks < 3 && reloaded.wait_for(0s) == std::future_status::timeout)
        std::this_thread::yield();
    EXPECT_EQ(reloaded.wait_for(0s), std::future_status::timeout);
    store_.voters = 1;
    EXPECT_EQ(reloaded.wait_for(60s), std::future_status::ready);
}

TEST_F(InstallerTest, WhoIsRemovedByWhatNoCorosyncAcceptsStays) {
    put(conf_of(3).text());
    CorosyncControl control = corosync(0);
    std::atomic<bool> accepted = false;
    control.accepts_elsewhere = [&accepted](std::string_view) -> Result<void> {
        if (accepted) return {};
        return fail(Code::invalid_argument, "Invalid cipher type");
    };
    CorosyncConfInstaller installer(store_, directory_.path(), control);
    const auto committed = save(without_this_node(4));
    installer.committed(committed);
    wait_for_problem("corosync does not accept it: Invalid cipher type");
    auto shut_down = shut_down_.get_future();
    EXPECT_EQ(shut_down.wait_for(0s), std::future_status::timeout);
    accepted = true;
    installer.committed(committed);
    EXPECT_EQ(shut_down.wait_for(60s), std::future_status::ready);
}

TEST_F(InstallerTest, TheVoteOfANodeThatLeftIsExpectedNoMore) {
    auto conf = conf_of(3);
    put(conf.text());
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
    CorosyncControl control = corosync(0);
    control.reload = reload;
    CorosyncConfInstaller installer(store_, directory_.path(), control);
    installer.committed(save(conf_of(3).text()));
    tried.get_future().wait();
    const auto before = std::chrono::steady_clock::now();
    installer.stop();
    EXPECT_LT(std::chrono::steady_clock::now() - before, 60s);
    EXPECT_EQ(installed(), conf_of(3).text());
}

TEST_F(InstallerTest, WhatCorosyncDoesNotAcceptIsNotPutIntoEffect) {
    put(conf_of(3).text());
    CorosyncControl control = corosync(0);
    control.accepts = [](std::string_view text) -> Result<void> {
        if (text.find("aes257") == text.npos) return {};
        return fail(Code::invalid_argument, "Invalid cipher type");
    };
    std::string bad = conf_of(4).text();
    bad.replace(bad.find("aes256"), 6, "aes257");
    CorosyncConfInstaller installer(store_, directory_.path(), control);
    installer.committed(save(bad));
    wait_for_problem("corosync does not accept it: Invalid cipher type");
    EXPECT_EQ(installed(), conf_of(3).text());

    installer.committed(save(conf_of(5).text()));
    wait(reloaded_);
    installer.stop();
    EXPECT_EQ(installed(), conf_of(5).text());
    EXPECT_EQ(problems(), "");
}

TEST_F(InstallerTest, WhatDoesNotLoadMakesWayForTheOneBefore) {
    put(conf_of(3).text());
    const std::string bad = conf_of(4).text();
    CorosyncConfInstaller installer(store_, directory_.path(), corosync_that_does_not_load(bad));
    installer.committed(save(bad));
    wait(went_back_);
    installer.stop();
    EXPECT_EQ(installed(), conf_of(3).text());
    EXPECT_THAT(problems(), HasSubstr("corosync did not load it (cannot bind)"));
    EXPECT_EQ(text_at(".refused"), bad);
    EXPECT_EQ(text_at(".previous"), "");
}

TEST_F(InstallerTest, WhatDidNotLoadIsNotTriedAgain) {
    put(conf_of(3).text());
    ASSERT_TRUE(replace_file(path() + ".refused", conf_of(4).text(), 0644));
    CorosyncConfInstaller installer(store_, directory_.path(), corosync(0));
    installer.committed(save(conf_of(4).text()));
    wait_for_problem("corosync did not load it before");
    EXPECT_EQ(installed(), conf_of(3).text());
    installer.committed(save(conf_of(5).text()));
    wait(reloaded_);
    installer.stop();
    EXPECT_EQ(text_at(".refused"), "");
}

TEST_F(InstallerTest, WhereCorosyncDoesNotStartWithItTheOneBeforeIsPutBack) {
    const std::string bad = conf_of(4).text();
    put(bad);
    ASSERT_TRUE(replace_file(path() + ".previous", conf_of(3).text(), 0644));
    save(bad);
    CorosyncControl control = corosync_that_does_not_load(bad);
    control.runs = [] { return false; };
    control.failed_to_start = [] { return true; };
    CorosyncConfInstaller installer(store_, directory_.path(), control);
    installer.check();
    wait(started_);
    installer.stop();
    EXPECT_EQ(installed(), conf_of(3).text());
    EXPECT_THAT(problems(), HasSubstr("corosync did not start with it"));
}

}  // namespace
}  // namespace pmx::daemon
