#include "notifier/daemon/directory_watch.h"

#include <gtest/gtest.h>
#include <sys/inotify.h>

#include <atomic>
#include <fstream>

#include "tests/support/temporary_directory.h"

namespace pmx::notifier {
namespace {

using namespace std::chrono_literals;

constexpr auto watch_patience = 120s;

class DirectoryWatchTest : public testing::Test {
  protected:
    ~DirectoryWatchTest() override { stop_.raise(); }

    void change() { std::ofstream(directory_.path() + "/file") << "x"; }

    DirectoryWatch::What what(std::chrono::milliseconds settle) const {
        return {.directories = {directory_.path()},
                .changes = IN_CLOSE_WRITE,
                .settle = settle,
                .period = 1h,
                .first = 1h};
    }
    // Whether it has looked `times` times; `meanwhile` is done again and again until then.
    template <typename Meanwhile>
    bool looks(int times, Meanwhile meanwhile) {
        const auto until = std::chrono::steady_clock::now() + watch_patience;
        while (looks_ < times && std::chrono::steady_clock::now() < until) {
            meanwhile();
            std::this_thread::sleep_for(1ms);
        }
        return looks_ >= times;
    }

    TemporaryDirectory directory_;
    StopSignal stop_;
    std::atomic<int> looks_{0};
};

TEST_F(DirectoryWatchTest, AChangeRightAfterTheStartIsLookedAt) {
    DirectoryWatch watch(
        what(1ms), [this] { ++looks_; }, stop_);
    watch.start();
    change();
    EXPECT_TRUE(looks(1, [] {}));
    stop_.raise();
    watch.finish();
}

TEST_F(DirectoryWatchTest, ChangesThatNeverRestAreLookedAtToo) {
    DirectoryWatch watch(
        what(200ms), [this] { ++looks_; }, stop_);
    watch.start();
    EXPECT_TRUE(looks(2, [this] { change(); }));
    stop_.raise();
    watch.finish();
}

TEST_F(DirectoryWatchTest, APokeIsAChange) {
    DirectoryWatch watch(
        what(1ms), [this] { ++looks_; }, stop_);
    watch.start();
    watch.poke();
    EXPECT_TRUE(looks(1, [] {}));
    watch.poke();
    EXPECT_TRUE(looks(2, [] {}));
    stop_.raise();
    watch.finish();
}

}  // namespace
}  // namespace pmx::notifier
