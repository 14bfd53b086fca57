#include <gtest/gtest.h>

#include "sqlite/fsck.h"
#include "sqlite/open.h"
#include "tests/support/log_writer.h"
#include "tests/support/temporary_directory.h"

namespace pmx::sqlite {
namespace {

class StoreTest : public testing::Test {
  protected:
    Opened must_open() {
        OpenOptions options;
        options.state_directory = directory_.path();
        options.node_name = "alpha";
        auto opened = open(options);
        EXPECT_TRUE(opened) << opened.error().message();
        if (!opened) std::abort();
        if (opened->damage) {
            for (const std::string& problem : opened->damage->problems)
                ADD_FAILURE() << problem;
        }
        return std::move(*opened);
    }
    void expect_clean() {
        auto report = check_database(directory_.path());
        ASSERT_TRUE(report) << report.error().message();
        EXPECT_EQ(report->problems, std::vector<std::string>());
    }
    static void append(ports::LogStore& store, const wire::EntryPtr& entry) {
        ports::WriteBatch batch;
        batch.append = {entry};
        auto written = store.write(batch);
        ASSERT_TRUE(written) << written.error().message();
    }
    static void checkpoint(ports::LogStore& store, LogWriter& writer) {
        ports::WriteBatch batch;
        batch.checkpoint = writer.checkpoint();
        auto written = store.write(batch);
        ASSERT_TRUE(written) << written.error().message();
    }

    TemporaryDirectory directory_;
};

TEST_F(StoreTest, MakesACompleteDatabaseForANodeAlone) {
    ports::Identity identity;
    {
        const Opened first = must_open();
        EXPECT_TRUE(first.created);
        identity = first.state.identity;
        EXPECT_EQ(identity.node_name, "alpha");
        EXPECT_NE(identity.cluster, ClusterId());
        EXPECT_EQ(first.state.log.base.voters,
                  (replica::VoterList{{identity.node, identity.disk}}));
    }
    expect_clean();
    const Opened second = must_open();
    EXPECT_FALSE(second.created);
    EXPECT_EQ(second.state.identity, identity);
    EXPECT_FALSE(second.former_disk);
}

TEST_F(StoreTest, KeepsEntriesAndCheckpoints) {
    std::map<std::string, std::string> files;
    {
        const Opened opened = must_open();
        LogWriter writer(opened.state);
        append(*opened.store, writer.save("user.cfg", "one"));
        append(*opened.store, writer.save("storage.cfg", std::string(100'000, 's')));
        checkpoint(*opened.store, writer);
        append(*opened.store, writer.save("user.cfg", "two"));
        files = files_of(writer.tree());
    }
    expect_clean();
    const Opened opened = must_open();
    EXPECT_EQ(opened.state.log.base.index, LogIndex(2));
    EXPECT_EQ(opened.state.log.entries.size(), 1U);
    EXPECT_EQ(files_of(tree_of(opened.state)), files);
}

TEST_F(StoreTest, RefusesASecondDaemon) {
    const Opened first = must_open();
    OpenOptions options;
    options.state_directory = directory_.path();
    const auto second = open(options);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), Code::busy);
    EXPECT_NE(second.error().message().find("process " + std::to_string(::getpid())),
              std::string::npos);
    const auto report = check_database(directory_.path());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code(), Code::busy);
}

TEST_F(StoreTest, TwoFilesMayChangeNames) {
    const Opened opened = must_open();
    LogWriter writer(opened.state);
    append(*opened.store, writer.save("a", "1"));
    append(*opened.store, writer.save("b", "2"));
    checkpoint(*opened.store, writer);
    const auto rename = [&](const std::string& from, const std::string& to) {
        append(*opened.store, writer.change(tree::Rename{
                                  {tree::root_inode, from}, {tree::root_inode, to}, false}));
    };
    rename("a", "t");
    rename("b", "a");
    rename("t", "b");
    checkpoint(*opened.store, writer);
    EXPECT_EQ(files_of(writer.tree()),
              (std::map<std::string, std::string>{{"a", "2"}, {"b", "1"}}));
}

}  // namespace
}  // namespace pmx::sqlite
