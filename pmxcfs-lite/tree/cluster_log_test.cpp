#include "tree/cluster_log.h"

#include <gtest/gtest.h>

#include <string>

namespace pmx::tree {

namespace {

ClusterLogMessage message(std::uint64_t index, std::string text) {
    return {LogIndex(index), NodeId(2), wall_from_ns(7), "pvedaemon", "root@pam", 6, 42,
            std::move(text)};
}

}  // namespace

TEST(ClusterLog, KeepsTheNewestMessagesInBounds) {
    ClusterLog log;
    for (std::uint64_t i = 1; i <= 1000; ++i)
        log.append(message(i, std::string(1000, 'x')));
    EXPECT_LE(log.encode().size(), ClusterLog::max_bytes);
    EXPECT_GT(log.encode().size(), ClusterLog::max_bytes - 1200);
    EXPECT_EQ(log.messages().back().index, LogIndex(1000));
    EXPECT_EQ(log.messages().front().index, LogIndex(1001 - log.messages().size()));
}

TEST(ClusterLog, ComesBackAsItWas) {
    ClusterLog log;
    log.set_time(wall_from_ns(-5));
    log.append(message(1, "started"));
    log.append(message(2, ""));
    auto back = ClusterLog::decode(log.encode());
    ASSERT_TRUE(back);
    EXPECT_EQ(back->messages(), log.messages());
    EXPECT_EQ(back->time(), log.time());
    EXPECT_EQ(back->encode(), log.encode());
    for (int i = 0; i < 100; ++i) {  // what it counts came back too
        log.append(message(3, std::string(4000, 'y')));
        back->append(message(3, std::string(4000, 'y')));
    }
    EXPECT_EQ(back->encode(), log.encode());
}

TEST(ClusterLog, RefusesWhatItNeverWrote) {
    ClusterLog log;
    log.append(message(1, "text"));
    const std::string good = log.encode();
    for (std::size_t size = 0; size < good.size(); ++size) {
        EXPECT_FALSE(ClusterLog::decode(good.substr(0, size))) << size;
    }
    EXPECT_FALSE(ClusterLog::decode(good + "x"));
    std::string control = good;
    control.back() = '\n';
    EXPECT_FALSE(ClusterLog::decode(control));
    EXPECT_FALSE(ClusterLog::decode(std::string(ClusterLog::max_bytes + 1, '\0')));
}

TEST(ClusterLog, KnowsAValidMessage) {
    EXPECT_TRUE(is_valid(message(1, std::string(max_log_text_bytes, 'x'))));
    EXPECT_FALSE(is_valid(message(1, std::string(max_log_text_bytes + 1, 'x'))));
    EXPECT_FALSE(is_valid(message(1, "two\nlines")));
    EXPECT_FALSE(is_valid(message(1, "\xff")));
    ClusterLogMessage severe = message(1, "");
    severe.severity = 8;
    EXPECT_FALSE(is_valid(severe));
    ClusterLogMessage named = message(1, "");
    named.ident = std::string(max_log_name_bytes + 1, 'i');
    EXPECT_FALSE(is_valid(named));
}

}  // namespace pmx::tree
