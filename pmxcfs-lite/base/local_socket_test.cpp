#include "base/local_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <future>
#include <thread>

#include "base/unique_fd.h"
#include "tests/support/no_threads.h"

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

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

// One that says nothing; not blocking, so that a full backlog is seen.
UniqueFd silent_caller(const std::string& path) {
    const auto address = address_of(path);
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        return {};
    }
    return fd;
}

// Told that there is no place, and closed.
bool is_refused(const UniqueFd& fd) {
    char answer[8] = {};
    return ::recv(fd.get(), answer, sizeof(answer), MSG_DONTWAIT) == 4 &&
           std::string_view(answer, 4) == "\xff\xff\xff\xff" &&
           ::recv(fd.get(), answer, sizeof(answer), MSG_DONTWAIT) == 0;
}

TEST_F(LocalSocket, OneUserCannotHoldAllPlaces) {
    if (::geteuid() != 0) GTEST_SKIP() << "acts as another user";
    ::chmod(directory_.c_str(), 0755);
    auto server = LocalServer::start(
        {.path = path_, .max_connections = 8, .max_connections_of_user = 3},
        [](const PeerCredentials&, std::string_view text) { return std::string(text); });
    ASSERT_TRUE(server);
    std::vector<UniqueFd> held;
    std::thread other([&] {
        // Of this thread alone, which is what the C library's own function is not.
        ASSERT_EQ(::syscall(SYS_setresuid, -1, 65534, -1), 0);
        for (int i = 0; i < 20; ++i)
            held.push_back(silent_caller(path_));
    });
    other.join();
    // Callers are taken in their order: when this one is answered, those before were dealt with.
    auto answer = local_call(path_, "root", milliseconds(5000));
    EXPECT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(std::count_if(held.begin(), held.end(), is_refused), 17);
}

TEST_F(LocalSocket, WhoFindsNoPlaceIsToldSo) {
    if (::geteuid() != 0) GTEST_SKIP() << "acts as another user";
    ::chmod(directory_.c_str(), 0755);
    auto server = LocalServer::start(
        {.path = path_, .max_connections_of_user = 0},
        [](const PeerCredentials&, std::string_view text) { return std::string(text); });
    ASSERT_TRUE(server);
    std::thread other([&] {
        ASSERT_EQ(::syscall(SYS_setresuid, -1, 65534, -1), 0);
        // What is long is cut off while it is sent.
        for (const std::size_t size : {5U, 5U << 20}) {
            auto answer = local_call(path_, std::string(size, 'x'), milliseconds(20000));
            ASSERT_FALSE(answer);
            EXPECT_EQ(answer.error().code(), Code::busy) << answer.error().message();
        }
    });
    other.join();
}

TEST_F(LocalSocket, WithoutAThreadACallerIsRefusedAndTheServerGoesOn) {
    auto server = LocalServer::start(
        {.path = path_},
        [](const PeerCredentials&, std::string_view text) { return std::string(text); });
    ASSERT_TRUE(server);
    {
        const NoThreads no_threads;
        auto answer = local_call(path_, "hello", milliseconds(20000));
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code(), Code::busy) << answer.error().message();
    }
    auto answer = local_call(path_, "hello", milliseconds(20000));
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(*answer, "hello");
}

TEST_F(LocalSocket, AFullBacklogIsNotWaitedForLongerThanAsked) {
    const auto address = address_of(path_);
    const UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
              0);
    ASSERT_EQ(::listen(listener.get(), 0), 0);
    std::vector<UniqueFd> callers;
    do {
        callers.push_back(silent_caller(path_));
    } while (callers.back());
    auto answer = local_call(path_, "hello", milliseconds(50));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), Code::timed_out);
    auto second = LocalServer::start(
        {.path = path_},
        [](const PeerCredentials&, std::string_view text) { return std::string(text); });
    ASSERT_FALSE(second) << "somebody serves there, however slowly";
    EXPECT_EQ(second.error().code(), Code::already_exists);
}

}  // namespace
}  // namespace pmx
