#include "tools/pmxctl/join_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pmx::pmxctl {
namespace {

using nlohmann::json;
using testing::HasSubstr;

JoinFile sample() {
    auto conf = schema::CorosyncConf::create("lab", {1, "one", {"10.0.0.1"}});
    EXPECT_TRUE(conf.add({2, "two", {"10.0.0.2"}}));
    JoinFile file;
    file.level = 1;
    file.cluster.bytes.fill(0xab);
    file.node_name = "two";
    file.node = NodeId(2);
    file.corosync_conf = conf.text();
    file.key = std::string("\0\xff", 2) + std::string(254, 'k');
    return file;
}

std::string refusal(const json& object) {
    const auto file = parse_join_file(object.dump());
    EXPECT_FALSE(file) << object.dump();
    return file ? "" : file.error().message();
}

TEST(JoinFile, WhatIsWrittenReadsBack) {
    const JoinFile file = sample();
    const auto again = parse_join_file(join_file_text(file));
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->level, file.level);
    EXPECT_EQ(again->cluster, file.cluster);
    EXPECT_EQ(again->node_name, file.node_name);
    EXPECT_EQ(again->node, file.node);
    EXPECT_EQ(again->corosync_conf, file.corosync_conf);
    EXPECT_EQ(again->key, file.key);
    EXPECT_EQ(again->cluster_name(), "lab");
    EXPECT_EQ(again->self().addresses, std::vector<std::string>{"10.0.0.2"});
}

TEST(JoinFile, EveryPartMustBeThere) {
    const json good = json::parse(join_file_text(sample()));
    for (const auto& [key, value] : good.items()) {
        json without = good;
        without.erase(key);
        EXPECT_NE(refusal(without), "") << key;
        json wrong = good;
        wrong[key] = json::array();
        EXPECT_NE(refusal(wrong), "") << key;
    }
    json more = good;
    more["more"] = 1;
    EXPECT_THAT(refusal(more), HasSubstr("'more' is not known"));
}

TEST(JoinFile, ItsPartsMustAgree) {
    const json good = json::parse(join_file_text(sample()));
    const auto with = [&good](const char* pointer, const json& value) {
        json changed = good;
        changed[json::json_pointer(pointer)] = value;
        return refusal(changed);
    };
    EXPECT_THAT(with("/node/name", "three"), HasSubstr("without node three"));
    EXPECT_THAT(with("/node/id", 1), HasSubstr("without node two"));
    EXPECT_THAT(with("/node/id", 0), HasSubstr("'id' is no node's"));
    EXPECT_THAT(with("/node/name", "../x"), HasSubstr("'name' is no node's"));
    EXPECT_THAT(with("/cluster/name", "other"), HasSubstr("of another cluster"));
    EXPECT_THAT(with("/cluster/id", std::string(32, '0')), HasSubstr("'id' is no cluster's"));
    EXPECT_THAT(with("/cluster/id", std::string(32, 'g')), HasSubstr("'id' is no cluster's"));
    EXPECT_THAT(with("/authkey_base64", "AAEC"), HasSubstr("is no key"));
    EXPECT_THAT(with("/level", 1000), HasSubstr("newer than this node's"));
    EXPECT_THAT(with("/pmxcfs_lite_join", 2), HasSubstr("another version"));
    EXPECT_THAT(with("/corosync_conf", "totem {\n"), HasSubstr("is not closed"));
}

TEST(JoinFile, AnyBytesAreRefusedCleanly) {
    for (const std::string& text :
         {std::string(), std::string("[]"), std::string("{"), std::string(2000, '['),
          std::string(max_join_file_bytes + 1, ' '), std::string("\xff\xfe")}) {
        EXPECT_FALSE(parse_join_file(text));
    }
}

}  // namespace
}  // namespace pmx::pmxctl
