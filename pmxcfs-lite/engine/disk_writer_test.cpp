#include "engine/disk_writer.h"

#include <gtest/gtest.h>

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
