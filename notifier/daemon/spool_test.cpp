#include "notifier/daemon/spool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.h"

namespace pmx::notifier {
namespace {

class OffsetClock final : public Clock {
  public:
    [[nodiscard]] WallTime wall() const override { return system_.wall() + offset; }
    [[nodiscard]] MonotonicTime monotonic() const override { return system_.monotonic(); }
    std::chrono::seconds offset{0};

  private:
    SystemClock system_;
};

class SpoolTest : public testing::Test {
  protected:
    SpoolTest() : outbox_(std::move(Outbox::open(directory_.path(), 0)->outbox)) {}

    void leave(const std::string& name, const std::string& text) {
        std::ofstream(path_ + "/" + name) << text;
    }
    std::vector<std::string> left() {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(path_))
            names.push_back(entry.path().filename());
        return names;
    }

    TemporaryDirectory directory_;
    const std::string path_ = directory_.path() + "/spool";
    OffsetClock clock_;
    std::unique_ptr<Outbox> outbox_;
    ConfigSource config_{directory_.path() + "/etc", "node1", *outbox_, clock_};
    int queued_ = 0;
    Dispatcher dispatcher_{config_,
                           *outbox_,
                           clock_,
                           "node1",
                           {.on_queued = [this](const auto&) { ++queued_; },
                            .on_accepted = [](const Event&) {},
                            .has_cluster = [] { return false; },
                            .on_offered = [](const std::string&) {},
                            .on_broken = [](const Error&) {}}};
    Spool spool_{path_, dispatcher_};
};

constexpr const char* event = R"({"event": {"id": "e", "type": "x", "title": "t"}})";

TEST_F(SpoolTest, TheDirectoryGetsTheModeThatItMustHave) {
    std::filesystem::create_directory(path_);
    ASSERT_TRUE(prepare_spool(path_));
    struct stat status {};
    ::stat(path_.c_str(), &status);
    EXPECT_EQ(status.st_mode & 07777, 01733U);
    std::filesystem::remove(path_);
    std::filesystem::create_directory_symlink("/tmp", path_);
    EXPECT_FALSE(prepare_spool(path_)) << "never through a link";
}

TEST_F(SpoolTest, AFileIsRemovedOnceItsEventIsOnDisk) {
    ASSERT_TRUE(prepare_spool(path_));
    leave("a.json", event);
    leave("again.json", event);
    spool_.drain();
    EXPECT_THAT(left(), testing::IsEmpty());
    EXPECT_EQ(outbox_->of_event("e")->size(), 1U);
    EXPECT_EQ(queued_, 1);
}

TEST_F(SpoolTest, BracketsWithoutEndAreRefused) {
    ASSERT_TRUE(prepare_spool(path_));
    const std::size_t half = max_spooled_bytes / 2 - 100;
    leave("a.json", R"({"event": )" + std::string(half, '[') + std::string(half, ']') + "}");
    spool_.drain();
    EXPECT_THAT(left(), testing::IsEmpty());
    EXPECT_TRUE(outbox_->history(std::nullopt, 10)->at(0).refused);
}

TEST_F(SpoolTest, WhatIsNoFileDoesNotFillTheHistory) {
    ASSERT_TRUE(prepare_spool(path_));
    for (std::size_t i = 0; i < max_spooled_files + 20; ++i)
        std::filesystem::create_symlink("/", path_ + "/" + std::to_string(i));
    spool_.drain();
    EXPECT_THAT(left(), testing::IsEmpty());
    EXPECT_EQ(outbox_->history(std::nullopt, 1000)->size(), max_spooled_files);
}

TEST_F(SpoolTest, ADirectoryThatCannotBeRemovedIsLeftAlone) {
    ASSERT_TRUE(prepare_spool(path_));
    std::filesystem::create_directories(path_ + "/a/b");
    spool_.drain();
    spool_.drain();
    EXPECT_TRUE(outbox_->history(std::nullopt, 10)->empty());
}

TEST_F(SpoolTest, WhatIsBeingWrittenIsLeftAloneForAnHour) {
    ASSERT_TRUE(prepare_spool(path_));
    leave(".a.json", event);
    clock_.offset = std::chrono::minutes(59);
    spool_.drain();
    EXPECT_THAT(left(), testing::ElementsAre(".a.json"));
    clock_.offset = std::chrono::minutes(61);
    spool_.drain();
    EXPECT_THAT(left(), testing::IsEmpty());
    EXPECT_TRUE(outbox_->of_event("e")->empty());
}

}  // namespace
}  // namespace pmx::notifier
