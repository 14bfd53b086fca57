#include "engine/disk_writer.h"

#include <gtest/gtest.h>

#include <future>

#include "tests/support/memory_disk.h"

namespace pmx::engine {
namespace {

class DiskThatCannotBeRead final : public ports::LogStore {
  public:
    Result<void> write(const ports::WriteBatch& /*batch*/) override { return {}; }
    Result<std::vector<ports::HistoryRecord>> history(
        const ports::HistoryQuery& /*query*/) override {
        return fail(Code::io_error, "history");
    }
    Result<wire::Entry> entry(LogIndex /*index*/) override { return fail(Code::io_error, "entry"); }
    Result<LogIndex> beyond(std::uint64_t /*max_bytes*/, WallTime /*oldest*/) override {
        return fail(Code::io_error, "beyond");
    }
    Result<std::vector<ports::RejectedChange>> rejected() override {
        return fail(Code::io_error, "rejected");
    }
};

// Writes nothing before it is let go, and is full for checkpoints.
class DiskWithoutRoomForCheckpoints final : public ports::LogStore {
  public:
    Result<void> write(const ports::WriteBatch& batch) override {
        may_write_.wait();
        if (batch.checkpoint) return fail(Code::no_space, "full");
        return {};
    }
    Result<std::vector<ports::HistoryRecord>> history(
        const ports::HistoryQuery& /*query*/) override {
        return std::vector<ports::HistoryRecord>();
    }
    Result<wire::Entry> entry(LogIndex /*index*/) override { return fail(Code::not_found); }
    Result<LogIndex> beyond(std::uint64_t /*max_bytes*/, WallTime /*oldest*/) override {
        return LogIndex();
    }
    Result<std::vector<ports::RejectedChange>> rejected() override {
        return std::vector<ports::RejectedChange>();
    }

    std::promise<void> let_go;

  private:
    std::shared_future<void> may_write_ = let_go.get_future().share();
};

TEST(DiskWriter, ACheckpointThatFindsNoRoomRefusesNothingBehindIt) {
    DiskWithoutRoomForCheckpoints disk;
    const SystemClock clock;
    std::promise<Code> checkpoint;
    std::promise<Code> behind;
    DiskWriter writer(disk, clock, {}, [](const Error& /*error*/) {});
    DiskWriter::Request first;
    first.batch.checkpoint.emplace();
    first.done = [&](Code result, std::uint64_t) { checkpoint.set_value(result); };
    writer.enqueue(std::move(first));
    DiskWriter::Request second;
    second.batch.cut_after = LogIndex(1);  // not in one transaction with what is before it
    second.done = [&](Code result, std::uint64_t) { behind.set_value(result); };
    writer.enqueue(std::move(second));
    disk.let_go.set_value();
    EXPECT_EQ(checkpoint.get_future().get(), Code::no_space);
    EXPECT_EQ(behind.get_future().get(), Code::ok);
}

TEST(DiskWriterDeathTest, NothingIsWrittenAfterAReadThatFailed) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            DiskThatCannotBeRead disk;
            const SystemClock clock;
            DiskWriter writer(disk, clock, {}, [](const Error& /*error*/) {});
            DiskWriter::Request request;
            request.batch.checkpoint.emplace();
            request.done = [](Code, std::uint64_t) {};
            writer.enqueue(std::move(request));
        },
        "went on after its disk failed");
}

}  // namespace
}  // namespace pmx::engine
