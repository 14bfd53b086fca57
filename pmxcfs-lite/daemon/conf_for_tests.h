// The corosync.conf of two nodes, of which node 1 is this one.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "schema/corosync_conf.h"

namespace pmx::daemon {

inline schema::CorosyncConf conf_of(std::uint64_t version, const std::string& cluster = "lab") {
    auto conf = schema::CorosyncConf::create(cluster, {1, "one", {"10.0.0.1"}});
    EXPECT_TRUE(conf.add({2, "two", {"10.0.0.2"}}));
    conf.set_config_version(version);
    return conf;
}

inline std::string without_this_node(std::uint64_t version) {
    auto conf = conf_of(1);
    EXPECT_TRUE(conf.remove("one"));
    conf.set_config_version(version);
    return conf.text();
}

}  // namespace pmx::daemon
