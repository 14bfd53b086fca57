// The mount itself: starting, stopping, interrupts, no quorum, and the virtual files.
#include "fuse/mount.h"

#include <pthread.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/log.h"
#include "tests/support/mount_test.h"

namespace pmx::fuse {
namespace {

using namespace std::chrono_literals;
using test::error_of;
using Mounting = test::MountTest;
using Clock = std::chrono::steady_clock;

// For within the shell's single quotes.
std::string quoted(std::string text) {
    for (std::size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 4)
        text.replace(at, 1, "'\\''");
    return text;
}

// A daemon of its own, built beside this test.
std::string memory_mount() {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path().string() +
           "/pmx-memory-mount";
}

pid_t spawn(const std::string& command) {
    std::string shell = "sh";
    std::string option = "-c";
    std::string text = command;
    char* const arguments[] = {shell.data(), option.data(), text.data(), nullptr};
    pid_t child = 0;
    EXPECT_EQ(::posix_spawnp(&child, "sh", nullptr, nullptr, arguments, environ), 0);
    return child;
}

TEST_F(Mounting, RefusesADirectoryThatIsNotEmpty) {
    TemporaryDirectory directory;
    ASSERT_EQ(::mkdir((directory.path() + "/something").c_str(), 0755), 0);
    Mount second;
    MountOptions options;
    options.mountpoint = directory.path();
    const auto started = second.start(options, store_);
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().message().find("something"), std::string::npos);
}

TEST_F(Mounting, CanStopAndStartAgain) {
    ASSERT_EQ(save("f", "x"), 0);
    mount_.stop();
    mount_.stop();
    EXPECT_EQ(error_of(::access(at("f").c_str(), F_OK)), ENOENT);
    SetUp();
    EXPECT_EQ(content("f"), "x");
}

TEST_F(Mounting, StopsWithinASecondWhateverIsHeld) {
    const UniqueFd open_file = open("f", O_RDWR | O_CREAT);
    const UniqueFd directory = open("", O_RDONLY | O_DIRECTORY);
    store_.hold();
    int error = 0;
    std::thread hangs([&] { error = error_of(::mkdir(at("d").c_str(), 0755)); });
    ASSERT_TRUE(store_.wait_for_waiting(1));
    const auto before = Clock::now();
    mount_.stop();
    EXPECT_LT(Clock::now() - before, 1s);
    hangs.join();
    EXPECT_NE(error, 0);
    char byte = 0;
    EXPECT_EQ(error_of(::pread(open_file.get(), &byte, 1, 0)), ENOTCONN);
    store_.go_on();  // the completion comes to a mount that is gone
    EXPECT_EQ(store_.apply(tree::RemoveDirectory{{tree::root_inode, "d"}}).result, Code::ok);
}

TEST_F(Mounting, SaysWhenSomebodyElseUnmountsIt) {
    TemporaryDirectory directory;
    std::atomic<bool> gone = false;
    Mount second;
    MountOptions options;
    options.mountpoint = directory.path();
    options.unmounted = [&gone] {
        gone = true;
        gone.notify_all();
    };
    ASSERT_TRUE(second.start(options, store_));
    ASSERT_EQ(shell("cd / && (umount '" + directory.path() + "' || fusermount3 -u '" +
                    directory.path() + "')"),
              0);
    gone.wait(false);
    second.stop();
}

TEST_F(Mounting, TakesADeadMountAway) {
    TemporaryDirectory directory;
    const pid_t child = spawn("exec " + memory_mount() + " '" + directory.path() + "' >/dev/null");
    while (!std::filesystem::exists(directory.path() + "/priv"))
        std::this_thread::yield();
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    EXPECT_EQ(error_of(::access(directory.path().c_str(), F_OK)), ENOTCONN);
    Mount second;
    MountOptions options;
    options.mountpoint = directory.path();
    const auto started = second.start(options, store_);
    ASSERT_TRUE(started) << started.error().message();
    EXPECT_TRUE(std::filesystem::exists(directory.path() + "/priv"));
    second.stop();
}

TEST_F(Mounting, LetsAKilledProcessGo) {
    store_.hold();
    const pid_t child = spawn("exec mkdir '" + at("d") + "'");
    ASSERT_TRUE(store_.wait_for_waiting(1));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    store_.go_on();
}

void on_signal(int /*signal*/) {}

// A healthy commit is not disturbed by a signal; one that hangs is given up.
TEST_F(Mounting, AnswersAnInterruptWhenTheCommitHangs) {
    struct sigaction action {};
    action.sa_handler = on_signal;
    ::sigaction(SIGUSR1, &action, nullptr);
    store_.hold();
    for (const bool healthy : {true, false}) {
        int error = -1;
        const std::string name = healthy ? "healthy" : "hanging";
        store_.hold();
        std::thread caller([&] { error = error_of(::mkdir(at(name).c_str(), 0755)); });
        ASSERT_TRUE(store_.wait_for_waiting(1));
        ::pthread_kill(caller.native_handle(), SIGUSR1);
        if (healthy) store_.go_on();
        caller.join();
        EXPECT_EQ(error, healthy ? 0 : EINTR) << name;
    }
    store_.go_on();
}

TEST_F(Mounting, ReadsOnWithoutQuorumAndRefusesToWriteAtOnce) {
    ASSERT_EQ(save("f", "x"), 0);
    store_.set_writable(Code::read_only);
    EXPECT_EQ(content("f"), "x");
    EXPECT_FALSE(open("f", O_WRONLY));
    EXPECT_EQ(errno, EROFS);
    EXPECT_FALSE(open("new", O_WRONLY | O_CREAT));
    EXPECT_EQ(errno, EROFS);
    EXPECT_EQ(error_of(::mkdir(at("d").c_str(), 0755)), EROFS);
    EXPECT_EQ(error_of(::unlink(at("f").c_str())), EROFS);
    EXPECT_EQ(error_of(::rename(at("f").c_str(), at("g").c_str())), EROFS);
    EXPECT_EQ(error_of(::truncate(at("f").c_str(), 0)), EROFS);
}

TEST_F(Mounting, ShowsWhatOthersChangeAtOnce) {
    tree::WriteFile op{.at = {tree::root_inode, "f"}, .create = true, .edits = {}, .mtime = {}};
    op.edits.push_back({tree::Edit::Kind::append, 0, "one"});
    ASSERT_EQ(store_.apply(op).result, Code::ok);
    EXPECT_EQ(status("f").st_size, 3);
    ASSERT_EQ(store_.apply(op).result, Code::ok);
    EXPECT_EQ(status("f").st_size, 6);
    EXPECT_EQ(content("f"), "oneone");
    ASSERT_EQ(store_.apply(tree::RemoveFile{{tree::root_inode, "f"}}).result, Code::ok);
    EXPECT_EQ(error_of(::access(at("f").c_str(), F_OK)), ENOENT);
}

// In a mount namespace of its own, so that an ordinary user may use /dev/fuse there.
constexpr const char* as_ordinary_user = R"script(
    set -e
    cd "$1"
    nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
    mknod fuse c 10 229
    chmod 666 fuse
    mount --bind fuse /dev/fuse
    mkdir theirs
    chown 65534:65534 theirs
    $nobody "$2" theirs >out &
    until grep -q READY out; do kill -0 $!; done
    $nobody sh -ec '
        echo x >theirs/priv/f
        mkdir theirs/d
        mv theirs/priv/f theirs/d/f
        test "$(stat -c %u:%a theirs/d/f)" = 65534:640
        chmod 644 theirs/d/f
    '
    ls theirs 2>/dev/null && exit 1  # not even root: there is no allow_other
    kill $!
    wait $!
    rmdir theirs
)script";

TEST_F(Mounting, WorksForAnOrdinaryUser) {
    if (::geteuid() != 0) GTEST_SKIP() << "the whole test already runs as one";
    ASSERT_EQ(::chmod(directory_.path().c_str(), 0755), 0);
    const std::string program = directory_.path() + "/pmx-memory-mount";
    std::filesystem::copy_file(memory_mount(), program);
    EXPECT_EQ(shell(std::string("unshare --mount sh -c '") + quoted(as_ordinary_user) + "' sh '" +
                    directory_.path() + "' '" + program + "'"),
              0);
}

using VirtualNodes = test::MountTest;

TEST_F(VirtualNodes, HaveTheKeysOfPmxcfs) {
    ASSERT_EQ(shell("touch lxc/101.conf && mkdir sub && echo x > user.cfg"), 0);
    ASSERT_TRUE(store_.wait_for_entries(3));
    const auto version = nlohmann::json::parse(content(".version"));
    EXPECT_GT(version.at("starttime"), 0);
    EXPECT_GT(version.at("user.cfg"), 0);
    EXPECT_EQ(version.at("storage.cfg"), 0);
    const auto guests = nlohmann::json::parse(content(".vmlist"));
    EXPECT_EQ(guests.at("ids").at("101").at("node"), "node1");
    EXPECT_EQ(guests.at("ids").at("101").at("type"), "lxc");
    EXPECT_EQ(guests.at("version"), version.at("vmlist"));
}

ports::Membership two_nodes() {
    ports::Membership membership;
    membership.list = {.cluster_name = "demo",
                       .config_version = 3,
                       .nodes = {{.id = NodeId(1), .name = "node1", .address = "10.0.0.1"},
                                 {.id = NodeId(2), .name = "node2", .address = "10.0.0.2"}}};
    membership.configuration = {
        .members = {NodeId(1)}, .nodes = {NodeId(1), NodeId(2)}, .quorate = true};
    membership.version = 9;
    return membership;
}

TEST_F(VirtualNodes, TellOfANodeAloneAndOfACluster) {
    EXPECT_EQ(nlohmann::json::parse(content(".members")),
              (nlohmann::json{{"nodename", "node1"}, {"version", 0}}));
    store_.set_membership(two_nodes());
    EXPECT_EQ(nlohmann::json::parse(content(".members")), nlohmann::json::parse(
                                                              R"({"nodename": "node1", "version": 9,
                "cluster": {"name": "demo", "version": 3, "nodes": 2, "quorate": 1},
                "nodelist": {"node1": {"id": 1, "online": 1, "ip": "10.0.0.1"},
                             "node2": {"id": 2, "online": 0, "ip": "10.0.0.2"}}})"));
    EXPECT_EQ(nlohmann::json::parse(content(".version")).at("clinfo"), 9);
}

TEST_F(VirtualNodes, ShowWhateverBytesANodesNameHas) {
    ports::Membership membership = two_nodes();
    membership.list.nodes[1].name = "n\xff";
    store_.set_membership(membership);
    EXPECT_TRUE(
        nlohmann::json::parse(content(".members")).at("nodelist").contains("n\xef\xbf\xbd"));
}

TEST_F(VirtualNodes, ListTheClusterLogNewestFirst) {
    for (const char* text : {"first", "second"}) {
        store_.apply(tree::AppendClusterLog{
            .ident = "test", .user = "root@pam", .severity = 5, .pid = 7, .text = text});
    }
    const auto log = nlohmann::json::parse(content(".clusterlog")).at("data");
    ASSERT_EQ(log.size(), 2U);
    EXPECT_EQ(log[0].at("msg"), "second");
    EXPECT_EQ(log[0].at("node"), "node1");
    EXPECT_EQ(log[1].at("pri"), 5);
}

TEST_F(VirtualNodes, LinkToThisNode) {
    EXPECT_EQ(shell("test $(readlink local) = nodes/node1 -a -d qemu-server -a -d openvz"), 0);
    EXPECT_EQ(error_of(::unlink(at("local").c_str())), EPERM);
    EXPECT_EQ(error_of(::rename(at(".version").c_str(), at("x").c_str())), EPERM);
}

TEST_F(VirtualNodes, SwitchDebugging) {
    EXPECT_EQ(content(".debug"), "0\n");
    ASSERT_EQ(shell("echo 1 > .debug"), 0);
    EXPECT_TRUE(log::debug_enabled());
    EXPECT_EQ(content(".debug"), "1\n");
    ASSERT_EQ(shell("echo 0 > .debug"), 0);
    EXPECT_FALSE(log::debug_enabled());
    EXPECT_EQ(save(".debug", "maybe"), EINVAL);
    EXPECT_EQ(save(".version", "x", O_WRONLY), EACCES);
}

TEST_F(VirtualNodes, SayWhatDoesNotParse) {
    EXPECT_EQ(content(".problems"), "");
    ASSERT_EQ(save("notifications.cfg", "gotify: phone\n\tnonsense here\n"), 0);
    EXPECT_NE(content(".problems").find("notifications.cfg:"), std::string::npos);
    ASSERT_EQ(save("notifications.cfg", "# nobody\n"), 0);
    EXPECT_EQ(content(".problems"), "");
}

}  // namespace
}  // namespace pmx::fuse
