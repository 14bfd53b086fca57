#include "base/run_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

namespace pmx {
namespace {

using namespace std::chrono_literals;

TEST(RunProgram, TellsHowItEndedAndWhatItSaid) {
    const auto end = run_program({"sh", "-c", "echo one; echo two >&2; exit 3"}, 60s);
    ASSERT_TRUE(end) << end.error().message();
    EXPECT_EQ(end->exit_code, 3);
    EXPECT_EQ(end->output, "one\ntwo\n");
    const auto killed = run_program({"sh", "-c", "kill -9 $$"}, 60s);
    ASSERT_TRUE(killed) << killed.error().message();
    EXPECT_EQ(killed->exit_code, 128 + SIGKILL);
}

TEST(RunProgram, ItsInputIsEmptyAndItsOutputBounded) {
    const auto end = run_program({"sh", "-c", "cat; yes | head -c 1000000"}, 60s);
    ASSERT_TRUE(end) << end.error().message();
    EXPECT_EQ(end->exit_code, 0);
    EXPECT_EQ(end->output.size(), 64U << 10);
}

TEST(RunProgram, ReadsWhatItIsGivenAndKeepsAsMuchAsIsWanted) {
    const std::string input(200'000, 'x');
    const auto end = run_program({"cat"}, 60s, {.input = input, .max_output_bytes = 150'000});
    ASSERT_TRUE(end) << end.error().message();
    EXPECT_EQ(end->output, input.substr(0, 150'000));
}

TEST(RunProgram, OneThatHangsIsKilled) {
    const auto end = run_program({"sleep", "3600"}, 50ms);
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().code(), Code::timed_out);
}

TEST(RunProgram, OneThatIsNotThereIsNotFound) {
    EXPECT_EQ(run_program({"pmx-no-such-program"}, 1s).error().code(), Code::not_found);
    EXPECT_EQ(run_interactively({"pmx-no-such-program"}).error().code(), Code::not_found);
    EXPECT_EQ(run_interactively({"false"}).value(), 1);
}

// A daemon waits for SIGTERM with it blocked; what it runs must be ended by it all the same.
TEST(RunProgram, ItGetsItsSignals) {
    sigset_t blocked;
    sigset_t before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    const auto end = run_program({"sh", "-c", "kill -TERM $$; sleep 3600"}, 60s);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ASSERT_TRUE(end) << end.error().message();
    EXPECT_EQ(end->exit_code, 128 + SIGTERM);
}

}  // namespace
}  // namespace pmx
