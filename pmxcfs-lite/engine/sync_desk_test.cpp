#include "engine/sync_desk.h"

#include <gtest/gtest.h>

namespace pmx::engine {
namespace {

class SyncDeskTest : public testing::Test {
  protected:
    void come(int count) {
        for (int i = 0; i < count; ++i)
            desk_.join([this](const ports::SubmitResult& result) {
                answered_ += result.result == Code::ok ? 1 : 0;
            });
    }
    void reach_barrier() {
        auto done = std::move(ordered_.front());
        ordered_.erase(ordered_.begin());
        done({.result = Code::ok, .index = LogIndex(++barriers_), .inode = {}});
    }

    std::vector<SyncDesk::Completion> ordered_;
    std::uint64_t barriers_ = 0;
    int answered_ = 0;
    SyncDesk desk_{[this](SyncDesk::Completion done) { ordered_.push_back(std::move(done)); }};
};

TEST_F(SyncDeskTest, ManyCallersCostTwoBarriers) {
    come(1'000);
    ASSERT_EQ(ordered_.size(), 1U);
    reach_barrier();
    EXPECT_EQ(answered_, 1) << "the others came after it was ordered";
    ASSERT_EQ(ordered_.size(), 1U);
    reach_barrier();
    EXPECT_EQ(answered_, 1'000);
    EXPECT_TRUE(ordered_.empty());
}

TEST_F(SyncDeskTest, WhoComesLaterHasABarrierOfTheirOwn) {
    come(1);
    reach_barrier();
    come(1);
    ASSERT_EQ(ordered_.size(), 1U);
    EXPECT_EQ(answered_, 1);
    reach_barrier();
    EXPECT_EQ(answered_, 2);
}

TEST(SyncDesk, AnAnswerAtOnceIsAnAnswer) {
    int answered = 0;
    SyncDesk desk([](const SyncDesk::Completion& done) {
        done({.result = Code::shutting_down, .index = {}, .inode = {}});
    });
    for (int i = 0; i < 3; ++i)
        desk.join([&](const ports::SubmitResult& /*result*/) { ++answered; });
    EXPECT_EQ(answered, 3);
}

}  // namespace
}  // namespace pmx::engine
