// A database as each earlier version of the schema left it, made by the program of then: a
// checkpoint, and behind it entries that are in the log alone.
#include "sqlite/migrations.h"

#include <gtest/gtest.h>

#include "sqlite/database.h"
#include "sqlite/fsck.h"
#include "sqlite/open.h"
#include "tests/support/crash_vfs.h"
#include "tests/support/log_writer.h"
#include "tests/support/temporary_directory.h"

namespace pmx::sqlite {
namespace {

class MigrationsTest : public testing::TestWithParam<int> {
  protected:
    MigrationsTest() { options_.state_directory = directory_.path(); }

    void make_old_version(const Tuning& tuning = {}) {
        const auto sql =
            content_of(PMX_SQLITE_TESTDATA "/version_" + std::to_string(GetParam()) + ".sql");
        ASSERT_TRUE(sql);
        auto database = Database::open(path(), Access::create, tuning);
        ASSERT_TRUE(database) << database.error().message();
        auto made = database->execute(sql->c_str(), "making an old version");
        ASSERT_TRUE(made) << made.error().message();
    }
    void expect_all_there(const Opened& opened) {
        ASSERT_FALSE(opened.damage) << summary(*opened.damage);
        EXPECT_EQ(opened.state.identity.node_name, "alpha");
        EXPECT_EQ(opened.state.identity.mode, ports::Mode::one_node);
        EXPECT_EQ(
            files_of(tree_of(opened.state)),
            (std::map<std::string, std::string>{{"later.cfg", "later: 1\n"},
                                                {"nodes/alpha/qemu-server/100.conf", "name: a\n"},
                                                {"priv/token", "secret\n"},
                                                {"storage2.cfg", "dir: local\nmore\n"}}));
        ports::HistoryQuery query;
        query.include_private = true;
        auto history = opened.store->history(query);
        ASSERT_TRUE(history);
        EXPECT_EQ(history->size(), 15U);
        for (const ports::HistoryRecord& record : *history)
            EXPECT_FALSE(record.change.closed);
        auto rejected = opened.store->rejected();
        ASSERT_TRUE(rejected);
        ASSERT_EQ(rejected->size(), GetParam() == 1 ? 0U : 1U);
        for (const ports::RejectedChange& change : *rejected) {
            EXPECT_EQ(change.after, "after\n");
            EXPECT_EQ(change.withheld, tree::Withheld());
        }
    }
    [[nodiscard]] std::string path() const { return directory_.path() + "/store.db"; }

    TemporaryDirectory directory_;
    OpenOptions options_;
};

TEST_P(MigrationsTest, ADatabaseOfEachOldVersionOpensWithEverythingThere) {
    ASSERT_NO_FATAL_FAILURE(make_old_version());
    EXPECT_EQ(check_database(directory_.path())->problems, std::vector<std::string>());
    for (int start = 0; start < 2; ++start) {
        auto opened = open(options_);
        ASSERT_TRUE(opened) << opened.error().message();
        expect_all_there(*opened);
    }
    auto report = check_database(directory_.path());
    EXPECT_EQ(report->problems, std::vector<std::string>());
    EXPECT_EQ(report->schema_version, newest_schema_version());
}

TEST_P(MigrationsTest, AMachineThatStopsOnTheWayLosesNothing) {
    CrashVfs vfs("crash");
    Tuning tuning;
    tuning.vfs = "crash";
    ASSERT_NO_FATAL_FAILURE(make_old_version(tuning));
    const std::string before = *content_of(path());
    for (std::uint64_t call = 1;; ++call) {
        put_content(path(), before);
        put_content(path() + "-wal", std::nullopt);
        vfs.restart();
        vfs.fail_from(CrashVfs::Fault::cut, call);
        (void)open(options_, tuning);
        const bool struck = vfs.struck();
        vfs.crash(CrashVfs::Survivors::some, static_cast<std::uint32_t>(call));
        auto opened = open(options_, tuning);
        ASSERT_TRUE(opened) << opened.error().message();
        ASSERT_NO_FATAL_FAILURE(expect_all_there(*opened)) << "call " << call;
        if (!struck) break;
    }
}

INSTANTIATE_TEST_SUITE_P(Of, MigrationsTest, testing::Values(1, 2));

}  // namespace
}  // namespace pmx::sqlite
