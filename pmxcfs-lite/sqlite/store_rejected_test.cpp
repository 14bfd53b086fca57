#include <gtest/gtest.h>

#include "sqlite/database.h"
#include "sqlite/fsck.h"
#include "sqlite/open.h"
#include "tests/support/log_writer.h"
#include "tests/support/temporary_directory.h"

namespace pmx::sqlite {
namespace {

class StoreRejectedTest : public testing::Test {
  protected:
    StoreRejectedTest() { options_.state_directory = directory_.path(); }

    Opened must_open() {
        auto opened = open(options_);
        EXPECT_TRUE(opened) << opened.error().message();
        if (!opened || opened->damage) std::abort();
        return std::move(*opened);
    }
    static ports::RejectedChange change(std::uint64_t sequence, std::size_t size) {
        ports::RejectedChange change;
        change.request = {NodeId(3), Boot(UINT64_MAX - 1), sequence};
        change.index = LogIndex(40 + sequence);
        change.ordinal = 2;
        change.view = {{3, {}}, 7, NodeId(3)};
        change.time = wall_from_ns(123);
        change.actor = {1, 2, 3, "vi"};
        change.committed = true;
        change.kind = tree::ChangeKind::renamed;
        change.path = "b";
        change.old_path = "a";
        change.after = std::string(size, 'x');
        return change;
    }
    static void reject(ports::LogStore& store, std::vector<ports::RejectedChange> changes) {
        ports::WriteBatch batch;
        batch.reject = std::move(changes);
        auto written = store.write(batch);
        ASSERT_TRUE(written) << written.error().message();
    }
    static std::vector<std::uint64_t> sequences(ports::LogStore& store) {
        std::vector<std::uint64_t> found;
        auto rejected = store.rejected();
        for (const ports::RejectedChange& change : *rejected)
            found.push_back(change.request.sequence);
        return found;
    }
    void execute(const char* sql) {
        auto database = Database::open(directory_.path() + "/store.db", Access::read_write);
        ASSERT_TRUE(database && database->execute(sql, "a test"));
    }

    TemporaryDirectory directory_;
    OpenOptions options_;
};

TEST_F(StoreRejectedTest, KeepsThemAsTheyWereUntilTheyAreLetGo) {
    {
        Opened opened = must_open();
        reject(*opened.store, {change(1, 10), change(2, 20)});
    }
    Opened opened = must_open();
    EXPECT_EQ(opened.state.rejected.size(), 2U);
    auto found = opened.store->rejected();
    ASSERT_EQ(found->size(), 2U);
    const ports::RejectedChange& first = found->front();
    const ports::RejectedChange expected = change(1, 10);
    EXPECT_EQ(first.request, expected.request);
    EXPECT_EQ(first.index, expected.index);
    EXPECT_EQ(first.ordinal, expected.ordinal);
    EXPECT_EQ(first.view, expected.view);
    EXPECT_EQ(first.time, expected.time);
    EXPECT_EQ(first.actor, expected.actor);
    EXPECT_EQ(first.committed, expected.committed);
    EXPECT_EQ(first.kind, expected.kind);
    EXPECT_EQ(first.path, expected.path);
    EXPECT_EQ(first.old_path, expected.old_path);
    EXPECT_EQ(first.before, std::nullopt);
    EXPECT_EQ(first.after, expected.after);
    ports::WriteBatch batch;
    batch.no_longer_rejected = {change(1, 0).request};
    ASSERT_TRUE(opened.store->write(batch));
    EXPECT_EQ(sequences(*opened.store), (std::vector<std::uint64_t>{2}));
}

TEST_F(StoreRejectedTest, TheOldestMakeRoom) {
    Opened opened = must_open();
    for (std::uint64_t i = 1; i <= 18; ++i)
        reject(*opened.store, {change(i, 4 << 20)});
    EXPECT_EQ(sequences(*opened.store),
              (std::vector<std::uint64_t>{4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}));
}

TEST_F(StoreRejectedTest, ADamagedOneHarmsNothingElse) {
    {
        Opened opened = must_open();
        reject(*opened.store, {change(1, 10), change(2, 10), change(3, 10)});
    }
    execute("UPDATE rejected SET change = change || x'00' WHERE number = 2");
    EXPECT_EQ(check_database(directory_.path())->problems.size(), 1U);
    {
        Opened opened = must_open();
        EXPECT_EQ(opened.warnings.size(), 1U);
        EXPECT_EQ(sequences(*opened.store), (std::vector<std::uint64_t>{1, 3}));
    }
    EXPECT_EQ(check_database(directory_.path())->problems, std::vector<std::string>());
}

TEST_F(StoreRejectedTest, ANodeKeptAsideThatIsDamagedIsLeftOut) {
    {
        Opened opened = must_open();
        LogWriter writer(opened.state);
        (void)writer.save("a", "one");
        (void)writer.save("b", "two");
        ports::WriteBatch batch;
        for (const auto& [inode, node] : writer.tree().nodes())
            batch.keep_aside.push_back(node);
        ASSERT_TRUE(opened.store->write(batch));
        EXPECT_EQ(batch.keep_aside.size(), 3U);
    }
    EXPECT_EQ(must_open().state.log.aside.size(), 3U);
    execute("UPDATE aside SET inode = inode + 7 WHERE inode = 1");
    EXPECT_EQ(must_open().state.log.aside.size(), 2U);
}

// What a salvage leaves out would be lost in silence.
TEST_F(StoreRejectedTest, ASalvageKeepsThem) {
    {
        Opened opened = must_open();
        LogWriter writer(opened.state);
        ports::WriteBatch batch;
        batch.append = {writer.save("a", "one")};
        batch.checkpoint = writer.checkpoint();
        batch.reject = {change(1, 10)};
        ASSERT_TRUE(opened.store->write(batch));
    }
    execute("UPDATE inode SET content = x'00' WHERE content IS NOT NULL");
    auto opened = open(options_);
    ASSERT_TRUE(opened);
    ASSERT_TRUE(opened->damage);
    EXPECT_EQ(opened->state.rejected.size(), 1U);
    EXPECT_EQ(sequences(*opened->store), (std::vector<std::uint64_t>{1}));
}

}  // namespace
}  // namespace pmx::sqlite
