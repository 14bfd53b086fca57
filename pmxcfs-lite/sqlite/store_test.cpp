#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "sqlite/database.h"
#include "sqlite/fsck.h"
#include "sqlite/open.h"
#include "sqlite/records.h"
#include "sqlite/reserve.h"
#include "tests/support/log_writer.h"
#include "tests/support/temporary_directory.h"

namespace pmx::sqlite {
namespace {

class StoreTest : public testing::Test {
  protected:
    StoreTest() {
        options_.state_directory = directory_.path();
        options_.node_name = "alpha";
    }
    Opened must_open() {
        auto opened = open(options_);
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
    OpenOptions options_;
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

// Nodes come and go, and each leaves results behind.
TEST_F(StoreTest, TheBaseOfAClusterOfVeryManyNodesIsStored) {
    constexpr std::size_t former_limit = 16U << 20;
    std::string written;
    {
        Opened opened = must_open();
        LogWriter writer(opened.state);
        append(*opened.store, writer.save("storage.cfg", "x"));
        ports::WriteBatch batch;
        batch.checkpoint = writer.checkpoint();
        replica::RequestResults& results = batch.checkpoint->base.results;
        LogIndex index(1);
        for (std::uint32_t node = 2; node < 200; ++node)
            for (std::uint64_t boot = 1; boot <= replica::RequestResults::max_boots_per_node;
                 ++boot)
                for (std::uint64_t i = 1; i <= replica::RequestResults::max_in_flight; ++i)
                    results.record({NodeId(node), Boot(boot), i},
                                   {index = next(index), Code::ok, Inode(1)});
        written = replica::encode(batch.checkpoint->base);
        ASSERT_GT(written.size(), former_limit);
        auto done = opened.store->write(batch);
        ASSERT_TRUE(done) << done.error().message();
    }
    EXPECT_EQ(replica::encode(must_open().state.log.base), written);
}

// It holds priv/, whatever the state directory's own mode is.
TEST_F(StoreTest, OnlyTheOwnerReadsItsFiles) {
    const mode_t before = ::umask(0);
    {
        const Opened opened = must_open();
        LogWriter writer(opened.state);
        append(*opened.store, writer.save("priv/shadow.cfg", "secret"));
        int files = 0;
        for (const auto& file : std::filesystem::directory_iterator(directory_.path())) {
            ++files;
            const auto mode = file.status().permissions();
            EXPECT_EQ(mode & std::filesystem::perms::mask, std::filesystem::perms(0600))
                << file.path();
        }
        EXPECT_EQ(files, 4) << "database, WAL, lock and reserve";
    }
    ::umask(before);
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
    const auto second = open(options_);
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

std::vector<std::string> paths(const Result<std::vector<ports::HistoryRecord>>& records) {
    std::vector<std::string> paths;
    for (const ports::HistoryRecord& record : records.value())
        paths.push_back(record.change.path);
    return paths;
}

TEST_F(StoreTest, HistoryIsNewestFirstAndHidesWhatIsPrivate) {
    const Opened opened = must_open();
    LogWriter writer(opened.state);
    const auto mkdir = [&](const std::string& path) {
        append(*opened.store, writer.change(tree::MakeDirectory{{tree::root_inode, path}}));
    };
    mkdir("priv");
    mkdir("sdn");
    append(*opened.store, writer.save("sdn/zones.cfg", "1"));
    append(*opened.store, writer.save("sdn.cfg", "22"));
    append(*opened.store, writer.save("priv/shadow.cfg", "secret"));
    append(*opened.store,
           writer.change(tree::Rename{
               {tree::root_inode, "priv/shadow.cfg"}, {tree::root_inode, "public.cfg"}, false}));
    checkpoint(*opened.store, writer);

    ports::HistoryQuery query;
    EXPECT_EQ(paths(opened.store->history(query)),
              (std::vector<std::string>{"sdn.cfg", "sdn/zones.cfg", "sdn"}));
    query.path = "sdn";
    EXPECT_EQ(paths(opened.store->history(query)),
              (std::vector<std::string>{"sdn/zones.cfg", "sdn"}));
    query.limit = 1;
    auto newest = opened.store->history(query);
    ASSERT_EQ(newest->size(), 1U);
    EXPECT_EQ(newest->front().actor.program, "vim");
    EXPECT_EQ(newest->front().request.node, opened.state.identity.node);
    EXPECT_EQ(newest->front().change.size, 1U);
    query.before = newest->front().index;
    EXPECT_EQ(paths(opened.store->history(query)), std::vector<std::string>{"sdn"});
    query = {};
    query.path = "priv/shadow.cfg";
    query.include_private = true;
    EXPECT_EQ(paths(opened.store->history(query)),
              (std::vector<std::string>{"public.cfg", "priv/shadow.cfg"}));
}

TEST_F(StoreTest, KeepsWhatFilesKeepBack) {
    const auto withheld = [](const tree::Tree& tree, const std::string& path) {
        const auto node = tree.resolve({tree::root_inode, path});
        return node ? (*node)->withheld : tree::Withheld{0777, true};
    };
    {
        const Opened opened = must_open();
        LogWriter writer(opened.state);
        const auto change = [&](const tree::Op& op) { return writer.change(op); };
        ports::WriteBatch batch;
        batch.append = {writer.level(2), writer.save("a", "x"), writer.save("b", "x"),
                        change(tree::SetPermissions{{tree::root_inode, "a"}, 0600, true})};
        batch.checkpoint = writer.checkpoint();
        ASSERT_TRUE(opened.store->write(batch));
        batch = {};
        batch.append = {change(tree::SetPermissions{{tree::root_inode, "b"}, 0400, {}})};
        ASSERT_TRUE(opened.store->write(batch));
    }
    const Opened opened = must_open();
    const tree::Tree tree = tree_of(opened.state);
    EXPECT_EQ(withheld(tree, "a"), (tree::Withheld{0040, true}));
    EXPECT_EQ(withheld(tree, "b"), (tree::Withheld{0240, false}));

    ports::HistoryQuery query;
    query.path = "a";
    EXPECT_EQ(opened.store->history(query)->size(), 1U) << "readers see that it was made";
    query.include_private = true;
    const auto records = opened.store->history(query);
    ASSERT_EQ(records->size(), 2U);
    EXPECT_EQ(records->front().change.kind, tree::ChangeKind::permissions);
    EXPECT_EQ(records->front().change.withheld, (tree::Withheld{0040, true}));
    EXPECT_TRUE(records->front().change.closed);
}

TEST_F(StoreTest, ForgetsWhatIsBeyondTheLimitsAndShrinks) {
    std::uintmax_t full_size = 0;
    {
        const Opened opened = must_open();
        LogWriter writer(opened.state);
        ports::WriteBatch batch;
        for (int i = 0; i < 64; ++i)
            batch.append.push_back(writer.save("big.cfg", std::string(512 << 10, 'b')));
        batch.checkpoint = writer.checkpoint();
        ASSERT_TRUE(opened.store->write(batch));
        full_size = std::filesystem::file_size(directory_.path() + "/store.db-wal");
        const auto all = opened.store->beyond(1ULL << 30, WallTime{});
        EXPECT_EQ(*all, LogIndex(0));
        const auto by_bytes = opened.store->beyond(3 << 20, WallTime{});
        EXPECT_EQ(*by_bytes, LogIndex(58));  // six entries of a little over 512 KiB are more
        EXPECT_EQ(*opened.store->beyond(1ULL << 30, batch.append[9]->time), LogIndex(9));

        for (int i = 0; i < 40; ++i) {
            batch = {};
            batch.append = {writer.save("small.cfg", std::to_string(i))};
            batch.checkpoint = writer.checkpoint();
            batch.forget_up_to = LogIndex(60 + static_cast<std::uint64_t>(i));
            ASSERT_TRUE(opened.store->write(batch));
        }
        EXPECT_EQ(paths(opened.store->history({})).size(), 5U);
    }
    expect_clean();
    EXPECT_LT(std::filesystem::file_size(directory_.path() + "/store.db"), full_size / 2);
    EXPECT_EQ(files_of(tree_of(must_open().state)).at("small.cfg"), "39");
}

TEST_F(StoreTest, ACopyOfAMembersDatabaseIsAnotherDisk) {
    options_.mode_if_new = ports::Mode::cluster;
    const DiskId disk = must_open().state.identity.disk;
    EXPECT_EQ(must_open().state.identity.disk, disk);
    const std::string database = directory_.path() + "/store.db";
    std::filesystem::copy_file(database, database + ".copy");
    std::filesystem::rename(database + ".copy", database);
    DiskId renewed;
    {
        const Opened copy = must_open();
        EXPECT_EQ(copy.former_disk, disk);
        renewed = copy.state.identity.disk;
        EXPECT_NE(renewed, disk);
    }
    const Opened again = must_open();
    EXPECT_FALSE(again.former_disk);
    EXPECT_EQ(again.state.identity.disk, renewed);
}

// It gets everything from its peers, but for what is whole here.
TEST_F(StoreTest, AMembersDamagedDatabaseIsSetAsideAndItBeginsAnew) {
    options_.mode_if_new = ports::Mode::cluster;
    ports::Identity identity;
    {
        Opened opened = must_open();
        LogWriter writer(opened.state);
        identity = opened.state.identity;
        identity.cluster.bytes[0] = 9;
        ports::WriteBatch batch;
        batch.identity = identity;
        batch.append = {writer.save("a.cfg", "a"), writer.save("b.cfg", "b")};
        batch.checkpoint = writer.checkpoint();
        ASSERT_TRUE(opened.store->write(batch));
    }
    {
        auto database = Database::open(directory_.path() + "/store.db", Access::read_write);
        ASSERT_TRUE(database);
        ASSERT_TRUE(database->execute("UPDATE inode SET content = 'x' WHERE name = 'b.cfg'", ""));
        database->keep_wal_on_close(false);
    }
    const Opened opened = must_open();
    EXPECT_FALSE(opened.damage);
    ASSERT_EQ(opened.warnings.size(), 1U);
    EXPECT_NE(opened.warnings[0].find("set aside"), std::string::npos);
    EXPECT_EQ(opened.state.identity.cluster, identity.cluster);
    EXPECT_NE(opened.state.identity.disk, identity.disk);
    EXPECT_EQ(opened.state.log.base.index, LogIndex());
    EXPECT_TRUE(opened.state.log.entries.empty());
    EXPECT_EQ(opened.state.nodes.size(), 1U) << "the root";
    const auto& aside = opened.state.log.aside;
    EXPECT_TRUE(std::any_of(aside.begin(), aside.end(), [](const tree::Node& node) {
        return node.name == "a.cfg" && *node.content == "a";
    }));
}

TEST_F(StoreTest, LeavesTheDatabaseOfANewerVersionAlone) {
    (void)must_open();
    const std::string path = directory_.path() + "/store.db";
    {
        auto database = Database::open(path, Access::read_write);
        ASSERT_TRUE(database);
        auto put = database->prepare("UPDATE record SET checksum = ?, value = ? WHERE name = ?");
        const std::string version = encode_schema_version(99);
        const Checksum checksum = record_checksum(record::schema, version);
        put->bind_blob(1, as_bytes(checksum));
        put->bind_blob(2, version);
        put->bind_text(3, record::schema);
        ASSERT_TRUE(put->run());
        ASSERT_TRUE(database->execute("PRAGMA user_version = 99; CREATE TABLE more (x)", "test"));
        database->keep_wal_on_close(false);
    }
    const std::string before = read_file(path, 1 << 24).value();
    {
        auto opened = open(options_);
        ASSERT_TRUE(opened);
        ASSERT_TRUE(opened->damage);
        EXPECT_NE(opened->damage->problems.front().find("newer version"), std::string::npos);
        EXPECT_EQ(opened->damage->set_aside, "");
        EXPECT_EQ(opened->store->write({}).error().code(), Code::read_only);
        EXPECT_FALSE(confirm_recovery(*opened->store));
    }
    EXPECT_EQ(read_file(path, 1 << 24).value(), before);
}

TEST_F(StoreTest, FsckChangesNothing) {
    (void)must_open();
    const auto list = [&] {
        std::map<std::string, std::string> files;
        for (const auto& file : std::filesystem::directory_iterator(directory_.path()))
            files.emplace(file.path(), read_file(file.path(), 2 * Reserve::most_bytes).value());
        return files;
    };
    const auto before = list();
    expect_clean();
    EXPECT_EQ(list(), before);
}

TEST_F(StoreTest, FinishesAMoveThatACrashInterrupted) {
    {
        const Opened opened = must_open();
        LogWriter writer(opened.state);
        append(*opened.store, writer.save("user.cfg", "kept"));
    }
    const std::string path = directory_.path() + "/store.db";
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 4096);
    std::string aside;
    {
        auto opened = open(options_);
        ASSERT_TRUE(opened && opened->damage);
        aside = opened->damage->set_aside;
        ASSERT_NE(aside, "") << testing::PrintToString(opened->damage->problems);
    }
    // As it is after the first of the moves.
    std::filesystem::rename(path, directory_.path() + "/store.db.saved");
    std::ofstream(path + "-wal") << "left behind";
    auto opened = open(options_);
    ASSERT_TRUE(opened && opened->damage);
    EXPECT_FALSE(opened->created);
    EXPECT_EQ(opened->damage->set_aside, aside);
    EXPECT_TRUE(std::filesystem::exists(aside + "/store.db-wal"));
}

TEST_F(StoreTest, ALostDatabaseIsNotMadeAnewInSilence) {
    (void)must_open();
    std::filesystem::remove(directory_.path() + "/store.db");
    std::ofstream(directory_.path() + "/store.db-wal") << std::string(5000, 'w');
    auto opened = open(options_);
    ASSERT_TRUE(opened);
    EXPECT_FALSE(opened->created);
    EXPECT_TRUE(opened->damage);
}

// A filesystem of a megabyte, and real ENOSPC from it.
TEST_F(StoreTest, AFullDiskRefusesAndRecovers) {
    if (::geteuid() != 0 || ::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", directory_.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
        GTEST_SKIP() << "needs root, to mount a small tmpfs";
    }
    std::map<std::string, std::string> files;
    {
        const Opened opened = must_open();
        LogWriter writer(opened.state);
        int refused = 0;
        for (int i = 0; i < 200; ++i) {
            LogWriter attempt = writer;
            ports::WriteBatch batch;
            batch.append = {attempt.save("file" + std::to_string(i % 3), std::string(9000, 'f'))};
            if (i % 10 == 9) batch.checkpoint = attempt.checkpoint();
            auto written = opened.store->write(batch);
            if (written) {
                writer = attempt;
            } else {
                ASSERT_EQ(written.error().code(), Code::no_space) << written.error().message();
                ++refused;
            }
        }
        EXPECT_GT(refused, 10);
        ASSERT_EQ(::mount("none", directory_.path().c_str(), "tmpfs", MS_REMOUNT, "size=9m"), 0);
        append(*opened.store, writer.save("after", "room again"));
        files = files_of(writer.tree());
    }
    expect_clean();
    EXPECT_EQ(files_of(tree_of(must_open().state)), files);
    ::umount(directory_.path().c_str());
}

// What the kernel does of itself when a disk reports errors.
TEST_F(StoreTest, AFilesystemThatIsReadOnlyIsServedAllTheSame) {
    if (::geteuid() != 0 || ::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("none", directory_.path().c_str(), "tmpfs", 0, "size=4m") != 0) {
        GTEST_SKIP() << "needs root, to mount a small tmpfs";
    }
    const auto remount = [&](unsigned long flags) {
        ASSERT_EQ(::mount("none", directory_.path().c_str(), "tmpfs", MS_REMOUNT | flags, ""), 0);
    };
    std::map<std::string, std::string> files;
    {
        const Opened opened = must_open();
        LogWriter writer(opened.state);
        append(*opened.store, writer.save("user.cfg", "kept"));
        files = files_of(writer.tree());
    }
    remount(MS_RDONLY);
    expect_clean();
    {
        auto opened = open(options_);
        ASSERT_TRUE(opened) << opened.error().message();
        ASSERT_TRUE(opened->damage);
        EXPECT_NE(summary(*opened->damage).find("mounted read-only"), std::string::npos);
        EXPECT_EQ(opened->damage->lost, std::vector<std::string>());
        EXPECT_FALSE(opened->damage->confirmable);
        EXPECT_EQ(opened->store->write({}).error().code(), Code::read_only);
        EXPECT_EQ(files_of(tree_of(opened->state)), files);
    }
    remount(0);
    EXPECT_EQ(files_of(tree_of(must_open().state)), files);
    ::umount(directory_.path().c_str());
}

}  // namespace
}  // namespace pmx::sqlite
