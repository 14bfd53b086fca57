#include "control/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <nlohmann/json.hpp>

#include "control/client.h"
#include "control/members_for_tests.h"
#include "control/protocol.h"
#include "control/store_for_tests.h"

namespace pmx::control {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

class ServerTest : public testing::Test {
  protected:
    ServerTest() {
        char pattern[] = "/tmp/pmx-control-XXXXXX";
        directory_ = ::mkdtemp(pattern);
    }
    ~ServerTest() override { std::filesystem::remove_all(directory_); }

    Result<std::unique_ptr<Server>> start() {
        return Server::start(
            {.run_directory = directory_, .group = ::getegid(), .mount = "/etc/pve"}, store_,
            members_, nullptr);
    }

    std::string directory_;
    StoreForTests store_;
    MembersForTests members_;
};

TEST_F(ServerTest, AnswersTheClient) {
    auto server = start();
    ASSERT_TRUE(server) << server.error().message();
    struct stat socket {};
    ASSERT_EQ(::stat(socket_path(directory_).c_str(), &socket), 0);
    EXPECT_EQ(socket.st_mode & 07777U, 0660U);
    const auto status = call(directory_, "status", json::object(), milliseconds(5000));
    ASSERT_TRUE(status) << status.error().message();
    EXPECT_EQ((*status)["mode"], "one-node");
}

TEST_F(ServerTest, TheDaemonsErrorIsTheClients) {
    auto server = start();
    ASSERT_TRUE(server);
    const auto answer = call(directory_, "stat", {{"path", "nowhere"}}, milliseconds(5000));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), Code::not_found);
    EXPECT_EQ(answer.error().message(), "nowhere is not there");
    const auto bytes = call(directory_, "stat", {{"path", "\xff\xfe"}}, milliseconds(5000));
    ASSERT_FALSE(bytes);
}

TEST_F(ServerTest, WithoutADaemonTheClientSaysSo) {
    const auto answer = call(directory_, "status", json::object(), milliseconds(5000));
    ASSERT_FALSE(answer);
    EXPECT_THAT(answer.error().message(), testing::HasSubstr("does not run"));
}

TEST_F(ServerTest, EndsWhileARequestWaits) {
    auto server = start();
    ASSERT_TRUE(server);
    std::promise<void> waiting;
    store_.hold = true;
    store_.before_next_submit = [&] { waiting.set_value(); };
    auto answer = std::async(std::launch::async, [this] {
        return call(directory_, "log_message", {{"text", "x"}}, milliseconds(20'000));
    });
    waiting.get_future().wait();
    server->reset();
    const auto result = answer.get();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), Code::shutting_down);
}

}  // namespace
}  // namespace pmx::control
