#include "notifier/cluster/shared_event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notifier/cluster/shared_directory.h"

namespace pmx::notifier {
namespace {

SharedEvent shared_event() {
    SharedEvent shared;
    shared.node = "n1";
    shared.caller = "root@pam";
    shared.event.id = "e";
    shared.event.type = "x";
    shared.event.severity = Severity::warning;
    shared.event.title = "title";
    shared.event.body = "body";
    shared.event.html = "<p>";
    shared.event.fields = {{"a", "b"}};
    shared.event.target = "t";
    shared.event.timestamp_s = 5;
    return shared;
}

TEST(SharedEvent, ComesBackAsItWas) {
    const auto read = parse_shared_event(to_json(shared_event()));
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(read->node, "n1");
    EXPECT_EQ(read->caller, "root@pam");
    EXPECT_EQ(read->event.body, "body");
    EXPECT_EQ(read->event.html, "<p>");
    EXPECT_EQ(read->event.severity, Severity::warning);
    EXPECT_EQ(read->event.fields.at("a"), "b");
    EXPECT_EQ(read->event.target, "t");
    EXPECT_TRUE(read->event.cluster);
}

TEST(SharedEvent, IsCutToTheRoomThereIs) {
    SharedEvent shared = shared_event();
    shared.event.html = std::string(max_shared_bytes, 'h');
    EXPECT_EQ(parse_shared_event(to_json(shared))->event.body, "body") << "HTML goes first";
    shared.event.body = std::string(1U << 20, '\n');
    for (int i = 0; i < 64; ++i)
        shared.event.fields["f" + std::to_string(i)] = std::string(16U << 10, 'x');
    const std::string text = to_json(shared);
    EXPECT_LE(text.size(), max_shared_bytes);
    EXPECT_EQ(parse_shared_event(text)->event.title, "title");
}

TEST(SharedEvent, WhatIsNone) {
    for (const char* text :
         {"", "3", "[]", "{}", R"({"event": {}})", R"({"event": {"id": "../x"}})",
          R"({"event": {"id": "e", "title": "t", "fields": 3}})"}) {
        const auto read = parse_shared_event(text);
        EXPECT_TRUE(!read || read->event.fields.empty()) << text;
    }
    EXPECT_FALSE(parse_shared_event(std::string(1000, '[')));
}

TEST(SharedOutcome, ComesBackAsItWas) {
    SharedOutcome outcome;
    outcome.settled = true;
    NewDelivery delivery;
    delivery.target = "t";
    delivery.via = "group";
    delivery.state = DeliveryState::dead;
    delivery.reason = "refused";
    delivery.node = "n2";
    delivery.recipients = {"a@b"};
    outcome.deliveries = {delivery};
    const auto read = parse_shared_outcome(to_json(outcome));
    ASSERT_TRUE(read && read->deliveries.size() == 1);
    EXPECT_TRUE(read->settled);
    EXPECT_EQ(read->deliveries[0].state, DeliveryState::dead);
    EXPECT_EQ(read->deliveries[0].via, "group");
    EXPECT_EQ(read->deliveries[0].node, "n2");
    EXPECT_EQ(read->deliveries[0].reason, "refused");
    EXPECT_THAT(read->deliveries[0].recipients, testing::ElementsAre("a@b"));
    for (const char* text : {"", "[]", "{\"deliveries\": 3}", "{\"deliveries\": [3]}"})
        EXPECT_FALSE(parse_shared_outcome(text)) << text;
}

}  // namespace
}  // namespace pmx::notifier
