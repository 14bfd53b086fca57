// The commands that change a cluster's corosync.conf, against a store without a cluster below.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "control/members_for_tests.h"
#include "control/server.h"
#include "control/store_for_tests.h"
#include "tests/support/temporary_directory.h"
#include "tools/pmxctl/command.h"
#include "tools/pmxctl/join_file.h"

namespace pmx::pmxctl {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class ClusterTest : public testing::Test {
  protected:
    ClusterTest() {
        std::filesystem::create_directory(mount());
        std::filesystem::create_directory(corosync());
        auto server = control::Server::start(
            {.run_directory = directory_.path(), .group = ::getegid(), .mount = mount()}, store_,
            members_, nullptr);
        if (server) server_ = std::move(*server);
    }

    // This node, one, in a cluster with the others.
    void make_member(const std::vector<std::string>& others) {
        store_.told.identity.mode = ports::Mode::cluster;
        store_.told.identity.cluster.bytes.fill(7);
        store_.told.replica.level = 1;
        auto conf = schema::CorosyncConf::create("lab", {1, "one", {"10.0.0.1"}});
        auto& membership = store_.told.membership;
        membership.list.nodes = {{NodeId(1), "one", "10.0.0.1"}};
        for (const std::string& name : others) {
            const std::uint32_t id = conf.next_free_id();
            const std::string address = "10.0.0." + std::to_string(id);
            ASSERT_TRUE(conf.add({id, name, {address}}));
            membership.list.nodes.push_back({NodeId(id), name, address});
        }
        put(conf.text());
        ASSERT_TRUE(replace_file(corosync() + "/authkey", std::string(256, 'k'), 0400));
    }
    void put(const std::string& text) {
        store_.write_file("corosync.conf", text);
        ASSERT_TRUE(replace_file(mount() + "/corosync.conf", text, 0640));
    }
    void set_present(const std::vector<std::uint32_t>& ids) {
        auto& configuration = store_.told.membership.configuration;
        configuration.members.clear();
        for (const std::uint32_t id : ids)
            configuration.members.emplace_back(id);
        configuration.nodes = configuration.members;
        store_.told.replica.members = configuration.members;
    }
    ExitCode pmxctl(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"--run", directory_.path()});
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        const ExitCode code = run(arguments);
        out_ = testing::internal::GetCapturedStdout();
        err_ = testing::internal::GetCapturedStderr();
        return code;
    }
    ExitCode add(const std::string& name, const std::string& address,
                 const std::vector<std::string>& more = {}) {
        std::vector<std::string> words{"cluster",        "add",     name, "--address", address,
                                       "--corosync-dir", corosync()};
        words.insert(words.end(), more.begin(), more.end());
        return pmxctl(words);
    }
    [[nodiscard]] schema::CorosyncConf stored() const {
        return schema::parse_corosync_conf(store_.content_of("corosync.conf")).values;
    }
    [[nodiscard]] std::string mount() const { return directory_.path() + "/mount"; }
    [[nodiscard]] std::string corosync() const { return directory_.path() + "/corosync"; }

    TemporaryDirectory directory_;
    control::StoreForTests store_;
    control::MembersForTests members_;
    std::unique_ptr<control::Server> server_;
    std::string out_;
    std::string err_;
};

TEST_F(ClusterTest, AddChangesTheMountAndPrintsTheJoinFile) {
    make_member({});
    ASSERT_EQ(add("two", "10.0.0.2"), ExitCode::ok) << err_;
    EXPECT_THAT(err_, HasSubstr("cluster's key"));
    const auto join = parse_join_file(out_);
    ASSERT_TRUE(join) << join.error().message();
    EXPECT_EQ(join->node, NodeId(2));
    EXPECT_EQ(join->node_name, "two");
    EXPECT_EQ(join->cluster, store_.told.identity.cluster);
    EXPECT_EQ(join->key, std::string(256, 'k'));
    EXPECT_EQ(join->corosync_conf, store_.content_of("corosync.conf"));
    EXPECT_EQ(stored().config_version(), 2U);
    EXPECT_TRUE(stored().has_two_node());
}

TEST_F(ClusterTest, WhereThereIsAQuorumDeviceTheNewNodeNeedsMore) {
    make_member({"two"});
    ASSERT_EQ(add("two", "10.0.0.2"), ExitCode::ok) << err_;
    EXPECT_THAT(err_, testing::Not(HasSubstr("quorum device")));
    std::string text = stored().text();
    const std::string two_node = "two_node: 1\n";
    text.replace(text.find(two_node), two_node.size(), "device {\n    model: net\n  }\n");
    put(text);
    ASSERT_EQ(add("three", "10.0.0.3"), ExitCode::ok) << err_;
    EXPECT_THAT(err_, HasSubstr("once\ncorosync-qdevice runs there"));
    EXPECT_TRUE(stored().has_quorum_device());
}

TEST_F(ClusterTest, AddGivenAgainMakesTheJoinFileAgain) {
    make_member({"two"});
    ASSERT_EQ(add("two", "10.0.0.2"), ExitCode::ok) << err_;
    EXPECT_TRUE(parse_join_file(out_));
    EXPECT_EQ(stored().config_version(), 2U);
    EXPECT_EQ(add("two", "10.0.0.3"), ExitCode::failed);
    EXPECT_THAT(err_, HasSubstr("with the address 10.0.0.2"));
    EXPECT_EQ(add("three", "10.0.0.2"), ExitCode::failed);
    EXPECT_THAT(err_, HasSubstr("node 'two' has one of these addresses already"));
    EXPECT_EQ(stored().config_version(), 2U);
}

TEST_F(ClusterTest, TheJoinFileIsForItsOwnerOnly) {
    make_member({});
    const std::string path = directory_.path() + "/join";
    ASSERT_EQ(add("two", "10.0.0.2", {"--output", path, "--json"}), ExitCode::ok) << err_;
    EXPECT_EQ(json::parse(out_)["file"], path);
    EXPECT_TRUE(parse_join_file(read_file(path, max_join_file_bytes).value()));
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
    EXPECT_EQ(add("three", "10.0.0.3", {"--output", path}), ExitCode::failed);
    EXPECT_EQ(stored().config_version(), 2U);
    const std::string other = directory_.path() + "/other";
    store_.refuse_with = Code::read_only;
    EXPECT_EQ(add("three", "10.0.0.3", {"--output", other}), ExitCode::failed);
    EXPECT_FALSE(std::filesystem::exists(other));
}

TEST_F(ClusterTest, WhoWasFasterIsNotOverwritten) {
    make_member({});
    store_.write_file("corosync.conf", "changed by somebody else\n");
    EXPECT_EQ(add("two", "10.0.0.2"), ExitCode::failed);
    EXPECT_THAT(err_, HasSubstr("somebody else changed corosync.conf"));
    EXPECT_EQ(store_.content_of("corosync.conf"), "changed by somebody else\n");
}

TEST_F(ClusterTest, AWrongFileIsNotChanged) {
    make_member({});
    put("nonsense\n");
    EXPECT_EQ(add("two", "10.0.0.2"), ExitCode::failed);
    EXPECT_THAT(err_, HasSubstr("corosync.conf:1: neither"));
    std::filesystem::remove(mount() + "/corosync.conf");
    EXPECT_EQ(add("two", "10.0.0.2"), ExitCode::failed);
    EXPECT_THAT(err_, HasSubstr("there is no "));
}

TEST_F(ClusterTest, RemoveWantsMoreThanHalfOfThoseLeft) {
    make_member({"two", "three"});
    set_present({1, 2});
    EXPECT_EQ(pmxctl({"cluster", "remove", "two"}), ExitCode::failed);
    EXPECT_THAT(err_, HasSubstr("of the 2 nodes that would be left, 1 would be here"));
    EXPECT_EQ(pmxctl({"cluster", "remove", "one"}), ExitCode::failed);
    EXPECT_EQ(pmxctl({"cluster", "remove", "four"}), ExitCode::failed);
    EXPECT_EQ(stored().nodes().size(), 3U);

    EXPECT_EQ(pmxctl({"cluster", "remove", "three"}), ExitCode::ok) << err_;
    EXPECT_THAT(out_, HasSubstr("before three runs again"));
    EXPECT_EQ(stored().nodes().size(), 2U);
    EXPECT_TRUE(stored().has_two_node());
}

TEST_F(ClusterTest, RemoveByForce) {
    make_member({"two", "three"});
    set_present({1, 2});
    EXPECT_EQ(pmxctl({"--json", "cluster", "remove", "two", "--force"}), ExitCode::ok) << err_;
    EXPECT_EQ(json::parse(out_)["still_runs"], true);
    EXPECT_EQ(stored().find("two"), nullptr);
}

TEST_F(ClusterTest, ANodeAloneHasNothingToAddToOrForce) {
    for (const std::vector<std::string>& words :
         std::vector<std::vector<std::string>>{{"cluster", "add", "two", "--address", "10.0.0.2"},
                                               {"cluster", "remove", "two"},
                                               {"cluster", "force-quorum", "--yes"}}) {
        EXPECT_EQ(pmxctl(words), ExitCode::failed) << testing::PrintToString(words);
        EXPECT_THAT(err_, HasSubstr("in no cluster"));
    }
    make_member({"two"});
    EXPECT_EQ(pmxctl({"cluster", "force-quorum", "--yes"}), ExitCode::failed);
    EXPECT_THAT(err_, HasSubstr("nothing to force"));
}

TEST_F(ClusterTest, WrongUsage) {
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"cluster"},
             {"cluster", "init"},
             {"cluster", "init", "lab"},
             {"cluster", "init", "my lab", "--address", "10.0.0.1"},
             {"cluster", "init", "lab", "--address", "127.0.0.1"},
             {"cluster", "init", "lab", "--address", "fe80::1"},
             {"cluster", "init", "lab", "--address", "host"},
             {"cluster", "init", "lab", "--address", "10.0.0.1", "--link1", "10.0.0.1"},
             {"cluster", "init", "lab", "--address", "10.0.0.1", "--timeout", "4000"},
             {"cluster", "add"},
             {"cluster", "add", "two"},
             {"cluster", "add", "t.wo", "--address", "10.0.0.2"},
             {"cluster", "join"},
             {"cluster", "remove"},
         }) {
        EXPECT_EQ(pmxctl(words), ExitCode::usage) << testing::PrintToString(words);
    }
}

}  // namespace
}  // namespace pmx::pmxctl
