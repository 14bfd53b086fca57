#include "schema/corosync_conf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmx::schema {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view of_two_nodes =
    "# made by hand\n"
    "totem {\n"
    "  version: 2\n"
    "  cluster_name: lab\n"
    "  config_version: 7\n"
    "  interface {\n"
    "    linknumber: 0\n"
    "  }\n"
    "}\n"
    "quorum {\n"
    "\tprovider: corosync_votequorum\r\n"
    "  two_node: 1\n"
    "  wait_for_all: 1\n"
    "}\n"
    "nodelist {\n"
    "  node {\n"
    "    name: one\n"
    "    nodeid: 1\n"
    "    quorum_votes: 1\n"
    "    ring0_addr: fd00::1\n"
    "  }\n"
    "  node {\n"
    "    name: two\n"
    "    nodeid: 2\n"
    "    ring0_addr: 10.0.0.2\n"
    "  }\n"
    "}\n"
    "future {\n"
    "  key: value\n"
    "}\n";

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), with);
}

std::vector<std::string> conf_problems(std::string_view text) {
    std::vector<std::string> lines;
    for (const Problem& problem : parse_corosync_conf(text).problems)
        lines.push_back(to_string(problem));
    return lines;
}

CorosyncConf parsed(std::string_view text) {
    auto result = parse_corosync_conf(text);
    EXPECT_THAT(result.problems, IsEmpty());
    return std::move(result.values);
}

CorosyncNode node(std::uint32_t id, const std::string& name, const std::string& address) {
    return {.id = id, .name = name, .addresses = {address}};
}

TEST(CorosyncConf, ReadsWhoIsInTheCluster) {
    const CorosyncConf conf = parsed(of_two_nodes);
    EXPECT_EQ(conf.cluster_name(), "lab");
    EXPECT_EQ(conf.config_version(), 7U);
    EXPECT_THAT(conf.nodes(), ElementsAre(node(1, "one", "fd00::1"), node(2, "two", "10.0.0.2")));
    EXPECT_TRUE(conf.has_two_node());
    EXPECT_EQ(conf.next_free_id(), 3U);
    EXPECT_EQ(conf.find("two")->id, 2U);
    EXPECT_EQ(conf.find("three"), nullptr);
}

TEST(CorosyncConf, KeepsWhatItDoesNotKnow) {
    const std::string text = parsed(of_two_nodes).text();
    EXPECT_THAT(text, HasSubstr("future {\n  key: value\n}\n"));
    EXPECT_THAT(text, HasSubstr("  interface {\n    linknumber: 0\n  }\n"));
    EXPECT_EQ(parsed(text).text(), text);
}

TEST(CorosyncConf, ANewOneDetectsADeadNodeWithinTwoSeconds) {
    const CorosyncConf conf = CorosyncConf::create("lab", node(1, "one", "10.0.0.1"));
    EXPECT_EQ(conf.config_version(), 1U);
    const auto sections = parse_corosync_sections(conf.text());
    ASSERT_THAT(sections.problems, IsEmpty());
    const CorosyncSection& totem = *sections.values.section("totem");
    const int token_ms = std::stoi(std::string(totem.value("token")));
    EXPECT_EQ(totem.value("consensus"), "");  // 1.2 * token
    EXPECT_EQ(totem.value("token_coefficient"), "0");
    EXPECT_LE(token_ms * 22 / 10 + 50, 2000);
    EXPECT_EQ(totem.value("crypto_cipher"), "aes256");
    EXPECT_EQ(totem.value("crypto_hash"), "sha256");
    EXPECT_EQ(totem.value("transport"), "knet");
    EXPECT_EQ(sections.values.section("quorum")->value("wait_for_all"), "1");
}

TEST(CorosyncConf, ALinkOfANewOneIsGivenUpAfterManyPingsAndBeforeTheToken) {
    CorosyncNode first = node(1, "one", "10.0.0.1");
    first.addresses.emplace_back("10.1.0.1");
    const CorosyncConf conf = CorosyncConf::create("lab", first);
    const auto sections = parse_corosync_sections(conf.text());
    const CorosyncSection& totem = *sections.values.section("totem");
    ASSERT_EQ(totem.sections.size(), 2U);
    for (std::size_t link = 0; link < 2; ++link) {
        const CorosyncSection& interface = totem.sections[link];
        EXPECT_EQ(interface.name, "interface");
        EXPECT_EQ(interface.value("linknumber"), std::to_string(link));
        const int timeout_ms = std::stoi(std::string(interface.value("knet_ping_timeout")));
        EXPECT_GE(timeout_ms, 5 * std::stoi(std::string(interface.value("knet_ping_interval"))));
        EXPECT_LT(timeout_ms, std::stoi(std::string(totem.value("token"))));
    }
}

TEST(CorosyncConf, TwoNodeIsThereExactlyWhileThereAreTwo) {
    CorosyncConf conf = CorosyncConf::create("lab", node(1, "one", "10.0.0.1"));
    EXPECT_FALSE(conf.has_two_node());
    ASSERT_TRUE(conf.add(node(2, "two", "10.0.0.2")));
    EXPECT_TRUE(conf.has_two_node());
    EXPECT_THAT(conf.text(), HasSubstr("wait_for_all: 1"));
    ASSERT_TRUE(conf.add(node(3, "three", "10.0.0.3")));
    EXPECT_FALSE(conf.has_two_node());
    EXPECT_THAT(conf.text(), Not(HasSubstr("wait_for_all")));
    ASSERT_TRUE(conf.remove("two"));
    EXPECT_TRUE(conf.has_two_node());
    EXPECT_THAT(conf.text(), HasSubstr("wait_for_all: 1"));
    EXPECT_EQ(conf.next_free_id(), 2U);
    ASSERT_TRUE(conf.remove("three"));
    EXPECT_FALSE(conf.has_two_node());
    EXPECT_EQ(conf.remove("one").error().code(), Code::not_empty);
    EXPECT_EQ(conf.config_version(), 5U);
    EXPECT_THAT(conf_problems(conf.text()), IsEmpty());
}

TEST(CorosyncConf, AQuorumDeviceTakesThePlaceOfTwoNode) {
    CorosyncConf conf = parsed(replaced(std::string(of_two_nodes), "  two_node: 1\n",
                                        "  device {\n    model: net\n  }\n"));
    EXPECT_TRUE(conf.has_quorum_device());
    ASSERT_TRUE(conf.add(node(3, "three", "10.0.0.3")));
    ASSERT_TRUE(conf.remove("three"));
    EXPECT_FALSE(conf.has_two_node());
}

std::string with_device(const std::string& settings) {
    return replaced(std::string(of_two_nodes), "  two_node: 1\n",
                    "  device {\n    model: net\n" + settings + "  }\n");
}

std::string device_votes_of(const CorosyncConf& conf) {
    const auto file = parse_corosync_sections(conf.text()).values;
    return std::string(file.section("quorum")->section("device")->value("votes"));
}

TEST(CorosyncConf, TheVotesOfALastManStandingDeviceFollowTheNodes) {
    CorosyncConf conf =
        parsed(with_device("    votes: 1\n    net {\n      algorithm: lms\n    }\n"));
    ASSERT_TRUE(conf.add(node(3, "three", "10.0.0.3")));
    EXPECT_EQ(device_votes_of(conf), "2");
    ASSERT_TRUE(conf.add(node(4, "four", "10.0.0.4")));
    EXPECT_EQ(device_votes_of(conf), "3");
    ASSERT_TRUE(conf.remove("three"));
    EXPECT_EQ(device_votes_of(conf), "2");
}

TEST(CorosyncConf, TheVotesOfOtherDevicesStayAsTheyAre) {
    for (const std::string settings : {
             "    votes: 1\n    net {\n      algorithm: ffsplit\n    }\n",  // one, always
             "    votes: 1\n    net {\n      host: 10.0.0.9\n    }\n",      // ffsplit by default
             "    votes: 7\n    net {\n      algorithm: lms\n    }\n",      // somebody's own number
             "    net {\n      algorithm: lms\n    }\n",                    // corosync counts
         }) {
        CorosyncConf conf = parsed(with_device(settings));
        const std::string before = device_votes_of(conf);
        ASSERT_TRUE(conf.add(node(3, "three", "10.0.0.3")));
        EXPECT_EQ(device_votes_of(conf), before) << settings;
    }
}

TEST(CorosyncConf, NothingIsThereTwice) {
    CorosyncConf conf = parsed(of_two_nodes);
    const std::string before = conf.text();
    EXPECT_EQ(conf.add(node(3, "two", "10.0.0.3")).error().code(), Code::already_exists);
    EXPECT_EQ(conf.add(node(2, "three", "10.0.0.3")).error().code(), Code::already_exists);
    EXPECT_EQ(conf.add(node(3, "three", "10.0.0.2")).error().code(), Code::already_exists);
    EXPECT_EQ(conf.add(node(3, "th ree", "10.0.0.3")).error().code(), Code::invalid_argument);
    EXPECT_EQ(conf.add(node(3, "three", "10.0.0.3 }")).error().code(), Code::invalid_argument);
    EXPECT_EQ(conf.add({3, "three", {"10.0.0.3", "10.1.0.3"}}).error().code(),
              Code::invalid_argument);
    EXPECT_EQ(conf.remove("three").error().code(), Code::not_found);
    EXPECT_EQ(conf.text(), before);
}

TEST(CorosyncConf, SaysWhatIsWrongAndWhere) {
    const std::string good(of_two_nodes);
    EXPECT_THAT(conf_problems(""), ElementsAre("corosync.conf: section 'totem' is missing",
                                               "corosync.conf: section 'nodelist' is missing",
                                               "corosync.conf: section 'quorum' is missing"));
    EXPECT_THAT(conf_problems(good + "}\n"), ElementsAre("corosync.conf:31: '}' closes nothing"));
    EXPECT_THAT(conf_problems(good + "totem {\n"),
                ElementsAre("corosync.conf:31: section 'totem' is not closed"));
    EXPECT_THAT(conf_problems(replaced(good, "config_version: 7", "config_version: x")),
                ElementsAre("corosync.conf:5: 'config_version' must be a number from 1"));
    EXPECT_THAT(conf_problems(replaced(good, "nodeid: 2", "nodeid: 1")),
                ElementsAre("corosync.conf:22: nodeid 1 is there twice"));
    EXPECT_THAT(conf_problems(replaced(good, "name: two", "name: one")),
                ElementsAre("corosync.conf:22: node 'one' is there twice"));
    EXPECT_THAT(conf_problems(replaced(good, "10.0.0.2", "fd00::1")),
                ElementsAre("corosync.conf:22: nodes 'one' and 'two' have the same address"));
    EXPECT_THAT(conf_problems(replaced(good, "ring0_addr: 10.0.0.2", "link: 10.0.0.2")),
                ElementsAre("corosync.conf:22: section 'node' has no 'ring0_addr'"));
    EXPECT_THAT(conf_problems(replaced(good, "name: two", "name: two.lab")),
                ElementsAre(HasSubstr("corosync.conf:23: a node's name")));
    EXPECT_THAT(conf_problems(replaced(good, "    nodeid: 2\n", "")),
                ElementsAre("corosync.conf:22: section 'node' has no 'nodeid'"));
    EXPECT_THAT(
        conf_problems(replaced(good, "  two_node: 1\n", "  two_node: 1\n  device {\n  }\n")),
        ElementsAre(HasSubstr("corosync.conf:12: 'two_node' is for two nodes")));
    EXPECT_THAT(conf_problems(good + "x\n"), ElementsAre(HasSubstr("corosync.conf:31: neither")));
    EXPECT_THAT(conf_problems(good + "x: 1\n"),
                ElementsAre("corosync.conf:31: 'x' is in no section"));
    EXPECT_THAT(conf_problems(good + "a { b: 1 }\n"),
                ElementsAre(HasSubstr("alone on their line")));
    EXPECT_THAT(conf_problems(good + "# " + std::string(600, 'x') + "\n"),
                ElementsAre(HasSubstr("longer than 510 bytes")));
    EXPECT_THAT(conf_problems(std::string(max_corosync_conf_bytes + 1, '\n')),
                ElementsAre("corosync.conf: the file is longer than 256 KiB"));
    std::string deep;
    for (int i = 0; i < 100; ++i)
        deep += "a {\n";
    EXPECT_THAT(conf_problems(deep), Not(IsEmpty()));
}

}  // namespace
}  // namespace pmx::schema
