#include "notifier/daemon/options.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

namespace pmx::notifier {
namespace {

Result<Options> parse(std::vector<const char*> words) {
    words.insert(words.begin(), "pmx-notifyd");
    return parse_options(static_cast<int>(words.size()), words.data());
}

TEST(NotifierOptions, ANodeIsCalledByItsFirstLabelAndMailsComeFromTheWholeName) {
    bool is_renamed = false;
    Options options;
    // A thread has a host name of its own, where it may.
    std::thread([&] {
        const std::string name = "pve1.example.org";
        is_renamed = ::unshare(CLONE_NEWUTS) == 0 && ::sethostname(name.data(), name.size()) == 0;
        if (auto parsed = parse({}); parsed) options = *parsed;
    }).join();
    if (!is_renamed) GTEST_SKIP() << "needs root";
    EXPECT_EQ(options.node_name, "pve1");
    EXPECT_EQ(options.mail_host, "pve1.example.org");
}

TEST(NotifierOptions, BothNamesCanBeGiven) {
    auto options = parse({"--node-name", "a", "--mail-host", "b.example"});
    ASSERT_TRUE(options) << options.error().message();
    EXPECT_EQ(options->node_name, "a");
    EXPECT_EQ(options->mail_host, "b.example");
}

TEST(NotifierOptions, AMailHostCannotBringAHeaderWithIt) {
    for (const char* name : {"a b", "a\nBcc: x", "a>", "a@b"})
        EXPECT_FALSE(parse({"--mail-host", name})) << name;
}

}  // namespace
}  // namespace pmx::notifier
