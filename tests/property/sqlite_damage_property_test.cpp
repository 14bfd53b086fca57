// A database damaged in any byte: opening it never fails and never crashes, what is served is what
// was written, and what is missing is reported.

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <random>
#include <set>

#include "sqlite/contents.h"
#include "sqlite/database.h"
#include "sqlite/file_scan.h"
#include "sqlite/fsck.h"
#include "sqlite/image.h"
#include "sqlite/open.h"
#include "sqlite/salvage.h"
#include "tests/support/crash_vfs.h"
#include "tests/support/log_writer.h"
#include "tests/support/store_model.h"
#include "tests/support/store_workload.h"
#include "tests/support/temporary_directory.h"

namespace pmx::sqlite {
namespace {

class DamageTest : public testing::Test {
  protected:
    void SetUp() override {
        options_.state_directory = directory_.path();
        tuning_.page_size = 512;  // a small file, so that every byte of it can be tried
    }

    [[nodiscard]] std::string path() const { return directory_.path() + "/store.db"; }

    // The workload's database, as it is on the disk with or without the WAL moved into it.
    void write_workload(bool with_wal, std::size_t max_batches = SIZE_MAX) {
        auto opened = open(options_, tuning_);
        ASSERT_TRUE(opened) << opened.error().message();
        std::vector<ports::WriteBatch> batches = scripted_workload(opened->state);
        if (batches.size() > max_batches) batches.resize(max_batches);
        StoreModel model(opened->state);
        fingerprints_ = {model.fingerprint()};
        for (const ports::WriteBatch& batch : batches) {
            ASSERT_TRUE(opened->store->write(batch));
            model.apply(batch);
            fingerprints_.push_back(model.fingerprint());
        }
        if (!with_wal) opened->store.reset();
        database_ = *content_of(path());
        wal_ = content_of(path() + "-wal");
        opened->store.reset();
        put(database_, wal_);
        auto again = inspect();
        ASSERT_EQ(again.problems, std::vector<std::string>());
        tree_ = tree_of(image_of(std::move(again)).state);
        files_ = files_of(*tree_);
    }

    void put(const std::string& database, const std::optional<std::string>& wal) const {
        put_content(path(), database);
        put_content(path() + "-wal", wal);
    }

    [[nodiscard]] Contents inspect() const {
        const FileFindings files = scan_files(path());
        auto database = Database::open(path(), Access::inspect_only);
        Contents contents;
        if (database) contents = read_contents(*database);
        if (!database) contents.problems.push_back(database.error().message());
        contents.log_may_lack_its_end |= !database || !files.problems.empty();
        contents.problems.insert(contents.problems.end(), files.problems.begin(),
                                 files.problems.end());
        return contents;
    }

    // What was saved: the right bytes under every name, and a word about whatever is missing.
    void judge_salvage(const ports::StoredState& state, const Damage& damage,
                       const std::string& where) {
        ++damaged_;
        std::string all_lost;
        for (const std::string& line : damage.lost)
            all_lost += line + "\n";
        const auto saved = files_of(tree_of(state));
        for (const auto& [name, content] : saved) {
            const auto original = files_.find(name);
            if (original != files_.end() && original->second == content) continue;
            const bool moved = name.starts_with("priv/recovered/");
            const bool outdated = !damage.lost.empty();
            EXPECT_TRUE(moved || outdated) << where << ": " << name << " is not what was written";
        }
        for (const auto& [name, content] : files_) {
            if (saved.contains(name)) continue;
            EXPECT_FALSE(damage.lost.empty()) << where << ": " << name << " is lost in silence";
            ++missing_;
            if (all_lost.find(name.substr(name.rfind('/') + 1)) != std::string::npos) ++named_;
        }
        whole_ += saved == files_ ? 1 : 0;
    }

    void judge_bytes(const std::string& where) {
        Contents contents = inspect();
        if (contents.problems.empty()) {
            Image image = image_of(std::move(contents));
            EXPECT_EQ(StoreModel(image.state).fingerprint(), fingerprints_.back()) << where;
            return;
        }
        const Image image = salvage(std::move(contents), options_, false);
        judge_salvage(image.state, *image.recovery, where);
        if (damaged_ % 8 == 0) expect_readable(image, where);
    }

    // What is written of it must be found whole, or the daemon would set it aside in turn.
    void expect_readable(const Image& image, const std::string& where) const {
        const std::string saved = directory_.path() + "/saved";
        auto written = write_image(saved, image, tuning_);
        ASSERT_TRUE(written) << where << ": " << written.error().message();
        auto database = Database::open(saved, Access::inspect_only);
        ASSERT_TRUE(database) << where;
        EXPECT_EQ(read_contents(*database).problems, std::vector<std::string>()) << where;
    }

    void print_summary(std::size_t tried) const {
        std::cout << tried << " damages tried, " << damaged_ << " found, " << whole_
                  << " times every file was saved; of " << missing_ << " files missing " << named_
                  << " were named\n";
    }

    TemporaryDirectory directory_{"/dev/shm"};
    OpenOptions options_;
    Tuning tuning_;
    std::string database_;
    std::optional<std::string> wal_;
    std::vector<std::string> fingerprints_;
    std::optional<tree::Tree> tree_;
    std::map<std::string, std::string> files_;
    int damaged_ = 0;
    int whole_ = 0;
    int missing_ = 0;
    int named_ = 0;
};

TEST_F(DamageTest, EveryByteOfTheDatabase) {
    write_workload(false, 6);
    ASSERT_FALSE(wal_);
    std::cout << database_.size() << " bytes\n";
    for (std::size_t at = 0; at < database_.size(); ++at) {
        std::string damaged = database_;
        damaged[at] = static_cast<char>(damaged[at] ^ (at % 3 == 0 ? 0xff : 1 << at % 8));
        put(damaged, std::nullopt);
        judge_bytes("byte " + std::to_string(at));
        if (HasFailure()) return;
    }
    print_summary(database_.size());
}

TEST_F(DamageTest, EveryPageOfTheDatabase) {
    write_workload(false);
    std::size_t tried = 0;
    for (std::size_t at = 0; at < database_.size(); at += 512) {
        for (const char fill : {'\0', '\xff', 'x'}) {
            std::string damaged = database_;
            damaged.replace(at, 512, std::string(512, fill));
            put(damaged, std::nullopt);
            judge_bytes("page at " + std::to_string(at));
            // A page that a disk put in the wrong place.
            damaged = database_;
            damaged.replace(at, 512, database_.substr((at + 1536) % database_.size(), 512));
            put(damaged, std::nullopt);
            judge_bytes("misplaced page at " + std::to_string(at));
            put(database_.substr(0, at + static_cast<unsigned char>(fill)), std::nullopt);
            judge_bytes("cut at " + std::to_string(at));
            tried += 3;
        }
        if (HasFailure()) return;
    }
    print_summary(tried);
}

TEST_F(DamageTest, EveryByteOfTheWal) {
    write_workload(true, 8);
    ASSERT_TRUE(wal_);
    std::cout << wal_->size() << " bytes\n";
    int reported = 0;
    for (std::size_t at = 0; at < wal_->size(); ++at) {
        std::string damaged = *wal_;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
        put(database_, damaged);
        const FileFindings files = scan_files(path());
        if (!files.problems.empty()) {
            ++reported;
            continue;
        }
        Contents contents = inspect();
        ASSERT_EQ(contents.problems, std::vector<std::string>()) << "byte " << at;
        // Only the last transaction can be taken for one that a crash cut off; with a warning, the
        // mark of where the one before it ended can be what is damaged.
        const std::string found = StoreModel(image_of(std::move(contents)).state).fingerprint();
        const bool whole = found == fingerprints_.back();
        const bool last_is_missing = found == fingerprints_.at(fingerprints_.size() - 2);
        const bool two_are_missing = found == fingerprints_.at(fingerprints_.size() - 3);
        ASSERT_TRUE(whole || last_is_missing || (two_are_missing && !files.warnings.empty()))
            << "byte " << at;
    }
    std::cout << reported << " of " << wal_->size() << " reported\n";
    EXPECT_GT(reported, static_cast<int>(wal_->size() / 2));
}

// All of it: set aside, served read-only, the same after a restart, writable once confirmed.
TEST_F(DamageTest, IsSetAsideAndServedUntilConfirmed) {
    write_workload(false);
    std::mt19937 random(20'221);
    for (int run = 0; run < 60; ++run) {
        std::string damaged = database_;
        const std::size_t at = random() % damaged.size();
        const std::size_t size = std::min<std::size_t>(1 + random() % 2000, damaged.size() - at);
        for (std::size_t i = at; i < at + size; ++i)
            damaged[i] = static_cast<char>(random());
        put(damaged, std::nullopt);
        const std::string where = "run " + std::to_string(run);
        Damage damage;
        {
            auto opened = open(options_);
            ASSERT_TRUE(opened) << where << ": " << opened.error().message();
            if (!opened->damage) continue;  // in free pages
            damage = *opened->damage;
            ASSERT_NE(damage.set_aside, "") << where << testing::PrintToString(damage.problems);
            EXPECT_TRUE(content_of(damage.set_aside + "/store.db") == damaged) << where;
            EXPECT_EQ(opened->store->write({}).error().code(), Code::read_only);
            judge_salvage(opened->state, damage, where);
        }
        {
            auto again = open(options_);
            ASSERT_TRUE(again && again->damage) << where;
            EXPECT_TRUE(*again->damage == damage) << where;
            ASSERT_TRUE(confirm_recovery(*again->store));
            LogWriter writer(again->state);
            ports::WriteBatch batch;
            batch.append = {writer.save("after", "x")};
            batch.checkpoint = writer.checkpoint();
            EXPECT_TRUE(again->store->write(batch)) << where;
        }
        auto report = check_database(directory_.path());
        ASSERT_TRUE(report && report->clean()) << where;
        auto last = open(options_);
        ASSERT_TRUE(last && !last->damage) << where;
        EXPECT_EQ(files_of(tree_of(last->state)).at("after"), "x");
    }
    EXPECT_GT(damaged_, 30);
    print_summary(60);
}

}  // namespace
}  // namespace pmx::sqlite
