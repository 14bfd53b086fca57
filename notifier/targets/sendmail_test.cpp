#include "notifier/targets/sendmail.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "base/unique_fd.h"
#include "tests/support/temporary_directory.h"

namespace pmx::notifier {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

// A zombie is not: whose it is to reap is another matter.
bool is_running(const std::string& pid) {
    std::string number;
    std::string name;
    std::string state = "gone";
    std::ifstream("/proc/" + std::to_string(std::stoi(pid)) + "/stat") >> number >> name >> state;
    return state != "gone" && state != "Z";
}

class SendmailTest : public testing::Test {
  protected:
    // A program in the place of sendmail; `$out` is a file for it to write to.
    SendmailCall call(const std::string& script) {
        SendmailCall call;
        call.program = directory_.path() + "/sendmail";
        {
            std::ofstream file(call.program);
            file << "#!/bin/sh\nout=" << directory_.path() << "/out\n" << script << "\n";
        }
        ::chmod(call.program.c_str(), 0755);
        call.from = "root@node1";
        call.recipients = {"a@b", "root"};
        call.message = "Subject: x\n\nbody\n";
        return call;
    }

    std::string out() {
        std::ifstream file(directory_.path() + "/out");
        std::stringstream text;
        text << file.rdbuf();
        return text.str();
    }

    TemporaryDirectory directory_;
    StopSignal stop_;
};

TEST_F(SendmailTest, GetsItsArgumentsAndTheWholeMessage) {
    SendmailCall sent = call("printf '%s|' \"$@\" >$out; wc -c >>$out");
    sent.message = std::string(3'000'000, 'x');  // no pipe would hold that
    EXPECT_EQ(send_mail(sent, stop_).kind, OutcomeKind::delivered);
    EXPECT_EQ(out(), "-B|8BITMIME|-f|root@node1|--|a@b|root|3000000\n");
}

TEST_F(SendmailTest, DoesNotWaitForAProgramThatReadsNothing) {
    SendmailCall sent = call("exit 0");
    sent.message = std::string(3'000'000, 'x');
    EXPECT_EQ(send_mail(sent, stop_).kind, OutcomeKind::delivered);
}

TEST_F(SendmailTest, ExitStatusSaysWhetherTryingAgainHelps) {
    for (int status : {64, 65, 66, 67, 68, 77}) {
        const Outcome outcome = send_mail(call("exit " + std::to_string(status)), stop_);
        EXPECT_EQ(outcome.kind, OutcomeKind::permanent) << status;
    }
    for (int status : {1, 69, 70, 71, 73, 74, 75, 78, 127}) {
        const Outcome outcome = send_mail(call("exit " + std::to_string(status)), stop_);
        EXPECT_EQ(outcome.kind, OutcomeKind::retry) << status;
        EXPECT_THAT(outcome.reason, HasSubstr("status " + std::to_string(status)));
    }
    EXPECT_THAT(send_mail(call("kill -9 $$"), stop_).reason, HasSubstr("signal 9"));
}

TEST_F(SendmailTest, KeepsTheBeginningOfWhatItSays) {
    const Outcome outcome = send_mail(
        call("echo 'postdrop: queue file write error' >&2; yes | head -c 1000000; exit 75"), stop_);
    EXPECT_THAT(outcome.reason, HasSubstr("postdrop: queue file write error"));
    EXPECT_LT(outcome.reason.size(), 3000U);
    EXPECT_EQ(outcome.reason.find('\n'), std::string::npos);
}

TEST_F(SendmailTest, AProgramThatIsNotThereIsTriedAgain) {
    SendmailCall sent = call("");
    sent.program += ".gone";
    const Outcome outcome = send_mail(sent, stop_);
    EXPECT_EQ(outcome.kind, OutcomeKind::retry);
    EXPECT_THAT(outcome.reason, HasSubstr("sendmail.gone"));
}

TEST_F(SendmailTest, InheritsNeitherDescriptorsNorEnvironment) {
    ::setenv("PMX_SECRET", "x", 1);
    const UniqueFd leaking(::open("/dev/null", O_RDONLY));  // not close-on-exec
    SendmailCall sent = call("ls /proc/self/fd >$out; env >>$out; pwd >>$out");
    EXPECT_EQ(send_mail(sent, stop_).kind, OutcomeKind::delivered);
    const std::string seen = out();
    EXPECT_THAT(seen, testing::StartsWith("0\n1\n2\n3\n")) << "3 is ls reading the directory";
    EXPECT_THAT(seen, testing::Not(HasSubstr("PMX_SECRET")));
    EXPECT_THAT(seen, testing::Not(HasSubstr("\n" + std::to_string(leaking.get()) + "\n4")));
    EXPECT_THAT(seen, HasSubstr("PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"));
    EXPECT_THAT(seen, testing::EndsWith("\n/\n"));
}

TEST_F(SendmailTest, TooSlowIsKilledWithAllItStarted) {
    SendmailCall sent = call("sleep 1000 & echo $! >$out; wait");
    sent.timeout = milliseconds(300);
    const Outcome outcome = send_mail(sent, stop_);
    EXPECT_EQ(outcome.kind, OutcomeKind::retry);
    EXPECT_THAT(outcome.reason, HasSubstr("did not finish"));
    // The kernel takes its time to end it.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (is_running(out()) && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    EXPECT_FALSE(is_running(out()));
}

TEST_F(SendmailTest, AGrandchildThatKeepsStandardErrorOpenIsNotWaitedFor) {
    SendmailCall sent = call("sleep 5 & exit 0");
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(send_mail(sent, stop_).kind, OutcomeKind::delivered);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4));
}

TEST_F(SendmailTest, StoppingLeavesItAShortWhile) {
    SendmailCall sent = call("sleep 0.2; echo done >$out");
    stop_.raise();
    EXPECT_EQ(send_mail(sent, stop_).kind, OutcomeKind::delivered);
    EXPECT_EQ(out(), "done\n");
    sent = call("sleep 1000");
    sent.stop_grace = milliseconds(50);
    EXPECT_EQ(send_mail(sent, stop_).kind, OutcomeKind::interrupted);
}

}  // namespace
}  // namespace pmx::notifier
