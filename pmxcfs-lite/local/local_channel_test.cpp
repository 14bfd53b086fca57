#include "local/local_channel.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <vector>

namespace pmx::local {
namespace {

bool readable(const ports::GroupChannel& channel) {
    pollfd fd{channel.event_fd(), POLLIN, 0};
    return ::poll(&fd, 1, 0) == 1;
}

class Recorder final : public ports::GroupEvents {
  public:
    explicit Recorder(ports::GroupChannel& channel) : channel_(channel) {}
    void delivered(NodeId sender, std::string_view message) override {
        seen.push_back(std::to_string(sender.value) + ":" + std::string(message));
        if (message == "ask") {
            ASSERT_TRUE(channel_.multicast("answer"));
        }
    }
    void configuration_changed(const ports::Configuration& configuration) override {
        seen.push_back("members " + std::to_string(configuration.members.size()) +
                       (configuration.quorate ? " quorate" : ""));
    }
    void nodes_listed(const ports::NodeList& list) override {
        seen.push_back("listed " + std::to_string(list.nodes.size()));
    }
    std::vector<std::string> seen;

  private:
    ports::GroupChannel& channel_;
};

TEST(LocalChannel, DeliversTheConfigurationFirstThenItsOwnMessagesInOrder) {
    auto channel = LocalChannel::create(NodeId(1));
    ASSERT_TRUE(channel);
    ASSERT_TRUE((*channel)->multicast("one"));
    ASSERT_TRUE((*channel)->multicast("two"));
    EXPECT_TRUE(readable(**channel));

    Recorder recorder(**channel);
    ASSERT_TRUE((*channel)->dispatch(recorder));
    EXPECT_EQ(recorder.seen,
              (std::vector<std::string>{"listed 1", "members 1 quorate", "1:one", "1:two"}));
    EXPECT_FALSE(readable(**channel));
}

TEST(LocalChannel, WakesTheLoopForWhatAHandlerMulticasts) {
    auto channel = LocalChannel::create(NodeId(1));
    ASSERT_TRUE(channel);
    Recorder recorder(**channel);
    ASSERT_TRUE((*channel)->multicast("ask"));
    ASSERT_TRUE((*channel)->dispatch(recorder));
    EXPECT_EQ(recorder.seen.back(), "1:ask");
    EXPECT_TRUE(readable(**channel));
    ASSERT_TRUE((*channel)->dispatch(recorder));
    EXPECT_EQ(recorder.seen.back(), "1:answer");
    EXPECT_FALSE(readable(**channel));
    ASSERT_TRUE((*channel)->dispatch(recorder));
    EXPECT_EQ(recorder.seen.size(), 4U);
}

}  // namespace
}  // namespace pmx::local
