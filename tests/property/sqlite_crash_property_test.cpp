// A machine that stops at any call which changes something on its disk, and a disk that keeps of
// what was not synced what it likes: what was acknowledged is there, and nothing is half there.
// (Between two such calls the disk is the same, so no other moment needs to be tried.)

#include <gtest/gtest.h>

#include <iostream>

#include "sqlite/database.h"
#include "sqlite/fsck.h"
#include "sqlite/open.h"
#include "tests/support/crash_vfs.h"
#include "tests/support/store_model.h"
#include "tests/support/store_workload.h"
#include "tests/support/temporary_directory.h"

namespace pmx::sqlite {
namespace {

class CrashTest : public testing::Test {
  protected:
    void SetUp() override {
        options_.state_directory = directory_.path();
        tuning_.vfs = "crash";
        tuning_.checkpoint_pages = 8;  // so that the WAL moves into the database often
        auto made = open(options_, tuning_);
        ASSERT_TRUE(made) << made.error().message();
        StoreModel model(made->state);
        batches_ = scripted_workload(made->state);
        fingerprints_.push_back(fingerprint(model));
        for (const ports::WriteBatch& batch : batches_) {
            model.apply(batch);
            fingerprints_.push_back(fingerprint(model));
        }
        made->store.reset();
        new_database_ = *content_of(path());
        vfs_.restart();
    }

    [[nodiscard]] std::string path() const { return directory_.path() + "/store.db"; }

    static std::string fingerprint(const StoreModel& model) {
        return model.fingerprint() + model.fingerprint_of_the_rest();
    }

    void restore_new_database() {
        put_content(path(), new_database_);
        put_content(path() + "-wal", std::nullopt);
        vfs_.restart();
    }

    // Opens, writes batch by batch until one fails, closes. How many were acknowledged.
    std::size_t run_workload(std::string* first_error = nullptr) {
        auto opened = open(options_, tuning_);
        if (!opened) return 0;
        for (std::size_t i = 0; i < batches_.size(); ++i) {
            auto written = opened->store->write(batches_[i]);
            if (written) continue;
            if (first_error != nullptr) *first_error = written.error().message();
            return i;
        }
        return batches_.size();
    }

    // What is there after a crash, as the number of batches; -1: something that never was.
    int found_after_restart(std::string& why) {
        auto report = check_database(directory_.path(), tuning_);
        if (!report || !report->clean()) {
            why = report ? report->problems.front() : report.error().message();
            return -1;
        }
        auto opened = open(options_, tuning_);
        if (!opened || opened->damage) {
            why = opened ? summary(*opened->damage) : opened.error().message();
            return -1;
        }
        const std::string found = fingerprint(StoreModel(opened->state));
        for (std::size_t i = 0; i < fingerprints_.size(); ++i)
            if (fingerprints_[i] == found) return static_cast<int>(i);
        why = "a state that never was";
        return -1;
    }

    struct Sweep {
        int crashes = 0;
        int losses = 0;  // an acknowledged batch is gone, or what is there never was
        std::string first_loss;
    };
    Sweep crash_at_every_call() {
        Sweep sweep;
        restore_new_database();
        EXPECT_EQ(run_workload(), batches_.size());
        const std::uint64_t calls = vfs_.calls();
        for (std::uint64_t call = 1; call <= calls; ++call) {
            for (const auto survivors :
                 {CrashVfs::Survivors::none, CrashVfs::Survivors::all, CrashVfs::Survivors::some,
                  CrashVfs::Survivors::some_sectors}) {
                crash_at(call, survivors, sweep);
            }
        }
        return sweep;
    }
    void crash_at(std::uint64_t call, CrashVfs::Survivors survivors, Sweep& sweep) {
        restore_new_database();
        vfs_.fail_from(CrashVfs::Fault::cut, call);
        const std::size_t acknowledged = run_workload();
        vfs_.crash(survivors, static_cast<std::uint32_t>(call));
        std::string why;
        const int found = found_after_restart(why);
        ++sweep.crashes;
        // The batch that was under way may be there.
        if (found == static_cast<int>(acknowledged) || found == static_cast<int>(acknowledged) + 1)
            return;
        if (sweep.losses++ > 0) return;
        sweep.first_loss = "call " + std::to_string(call) + ", survivors " +
                           std::to_string(static_cast<int>(survivors)) + ": acknowledged " +
                           std::to_string(acknowledged) + ", found " + std::to_string(found) + " " +
                           why;
    }

    TemporaryDirectory directory_;
    CrashVfs vfs_{"crash"};
    OpenOptions options_;
    Tuning tuning_;
    std::string new_database_;
    std::vector<ports::WriteBatch> batches_;
    std::vector<std::string> fingerprints_;  // [n]: after n batches
};

TEST_F(CrashTest, KeepsEveryAcknowledgedBatchAtEveryCut) {
    const Sweep sweep = crash_at_every_call();
    std::cout << sweep.crashes << " crashes\n";
    EXPECT_GT(sweep.crashes, 200);
    EXPECT_EQ(sweep.losses, 0) << sweep.first_loss;
}

TEST_F(CrashTest, WouldSeeTheLossesOfAStoreThatDoesNotSync) {
    tuning_.synchronous_full = false;
    const Sweep sweep = crash_at_every_call();
    std::cout << sweep.losses << " losses in " << sweep.crashes << " crashes\n";
    EXPECT_GT(sweep.losses, 0);
}

TEST_F(CrashTest, NeverWritesAgainAfterAFailedSync) {
    restore_new_database();
    ASSERT_EQ(run_workload(), batches_.size());
    const std::vector<std::uint64_t> syncs = vfs_.syncs();
    ASSERT_GT(syncs.size(), batches_.size() / 2);
    for (const std::uint64_t call : syncs) {
        restore_new_database();
        auto opened = open(options_, tuning_);
        ASSERT_TRUE(opened);
        vfs_.fail_from(CrashVfs::Fault::sync_once, call);
        std::size_t acknowledged = 0;
        Result<void> written;
        while (acknowledged < batches_.size() &&
               (written = opened->store->write(batches_[acknowledged]))) {
            ++acknowledged;
        }
        if (!vfs_.struck()) continue;  // a sync of open(), or of the end
        ASSERT_FALSE(written) << "sync " << call;
        EXPECT_EQ(written.error().code(), Code::io_error);
        const std::uint64_t calls = vfs_.calls();
        EXPECT_EQ(opened->store->write(batches_.front()).error().code(), Code::io_error);
        opened->store.reset();
        EXPECT_EQ(vfs_.calls(), calls) << "something was written after the failed sync " << call;
        vfs_.crash(CrashVfs::Survivors::none, 1);
        std::string why;
        EXPECT_GE(found_after_restart(why), static_cast<int>(acknowledged)) << why;
    }
}

TEST_F(CrashTest, GoesOnWhenAFullDiskHasRoomAgain) {
    restore_new_database();
    ASSERT_EQ(run_workload(), batches_.size());
    const std::uint64_t calls = vfs_.calls();
    int refused = 0;
    for (std::uint64_t call = 1; call <= calls; ++call) {
        restore_new_database();
        auto opened = open(options_, tuning_);
        ASSERT_TRUE(opened);
        vfs_.fail_from(CrashVfs::Fault::full, call);
        for (const ports::WriteBatch& batch : batches_) {
            auto written = opened->store->write(batch);
            if (written) continue;
            ASSERT_EQ(written.error().code(), Code::no_space) << written.error().message();
            ++refused;
            vfs_.heal();
            written = opened->store->write(batch);
            ASSERT_TRUE(written) << "call " << call << ": " << written.error().message();
        }
        opened->store.reset();
        vfs_.heal();
        std::string why;
        ASSERT_EQ(found_after_restart(why), static_cast<int>(batches_.size())) << why;
    }
    EXPECT_GT(refused, 10);
}

}  // namespace
}  // namespace pmx::sqlite
