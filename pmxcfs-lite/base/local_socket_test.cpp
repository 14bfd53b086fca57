#include "base/local_socket.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <future>

namespace pmx {
namespace {

using std::chrono::milliseconds;

class LocalSocket : public testing::Test {
  protected:
    LocalSocket() {
        char pattern[] = "/tmp/pmx-socket-XXXXXX";
        directory_ = ::mkdtemp(pattern);
        path_ = directory_ + "/socket";
    }
    ~LocalSocket() override { std::filesystem::remove_all(directory_); }

    std::string directory_;
    std::string path_;
};

TEST_F(LocalSocket, AnswersWithTheCallersCredentials) {
    auto server =
        LocalServer::start({.path = path_}, [](const PeerCredentials& peer, std::string_view text) {
            return std::string(text) + " from " + std::to_string(peer.uid) + "/" +
                   std::to_string(peer.pid);
        });
    ASSERT_TRUE(server) << server.error().message();
    auto answer = local_call(path_, "hello", milliseconds(5000));
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(*answer,
              "hello from " + std::to_string(::getuid()) + "/" + std::to_string(::getpid()));
}

TEST_F(LocalSocket, CarriesMegabytes) {
    auto server = LocalServer::start(
        {.path = path_},
        [](const PeerCredentials&, std::string_view text) { return std::string(text); });
    ASSERT_TRUE(server);
    const std::string big(5 << 20, 'x');
    auto answer = local_call(path_, big, milliseconds(20000));
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(*answer, big);
}

TEST_F(LocalSocket, NobodyThereIsNotFound) {
    auto answer = local_call(path_, "hello", milliseconds(1000));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), Code::not_found);
}

TEST_F(LocalSocket, ASecondServerIsRefusedAndADeadOnesSocketIsReplaced) {
    auto echo = [](const PeerCredentials&, std::string_view text) { return std::string(text); };
    auto first = LocalServer::start({.path = path_}, echo);
    ASSERT_TRUE(first);
    auto second = LocalServer::start({.path = path_}, echo);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), Code::already_exists);
    first->reset();
    ASSERT_EQ(::mknod(path_.c_str(), S_IFSOCK | 0600, 0), 0);
    auto third = LocalServer::start({.path = path_}, echo);
    EXPECT_TRUE(third);
}

TEST_F(LocalSocket, ASilentClientDoesNotHoldUpTheOthersOrTheEnd) {
    auto server = LocalServer::start(
        {.path = path_},
        [](const PeerCredentials&, std::string_view text) { return std::string(text); });
    ASSERT_TRUE(server);
    std::promise<void> connected;
    auto silent = std::async(std::launch::async, [&] {
        return local_call(path_, std::string(max_local_message_bytes + 1, 'x'), milliseconds(1));
    });
    auto answer = local_call(path_, "hello", milliseconds(5000));
    EXPECT_TRUE(answer);
    EXPECT_FALSE(silent.get());
    server->reset();
    EXPECT_FALSE(std::filesystem::exists(path_));
}

}  // namespace
}  // namespace pmx
