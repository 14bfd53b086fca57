#include "notifier/plan/explain_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pmx::notifier {
namespace {

using Json = nlohmann::json;

const Event explained_event{.id = "e1",
                            .type = "mine",
                            .severity = Severity::warning,
                            .title = "T",
                            .body = "B",
                            .html = std::nullopt,
                            .fields = {{"hostname", "node1"}},
                            .data = "",
                            .timestamp_s = 5,
                            .node = "node1",
                            .target = "all",
                            .job = std::nullopt};

TEST(ExplainJson, HasTheShapeThatOthersRead) {
    Plan plan;
    plan.send = true;
    plan.reason = "always";
    plan.deliveries.push_back({"admins",
                               "all",
                               std::nullopt,
                               true,
                               false,
                               "why",
                               {{"bob@pve", "disabled"}},
                               Mail{"pve@x", "Me", {"a@b", "c@d"}}});
    plan.deliveries.push_back({"phone", std::nullopt, std::nullopt, false, false, "off", {}, {}});
    plan.deliveries.push_back({"relay",
                               std::nullopt,
                               "night",
                               true,
                               false,
                               "night takes it",
                               {},
                               SmtpMail{"pve@y", "", {"e@f"}}});
    plan.deliveries.push_back(
        {"hook", std::nullopt, "night", true, false, "night takes it", {}, WebhookCall{}});
    plan.matchers = {{"night", true, "its rule"}};
    plan.warnings = {"w"};
    EXPECT_EQ(Json::parse(explain_json(plan, explained_event)), Json::parse(R"({
        "event": {"id": "e1", "type": "mine", "severity": "warning", "title": "T",
                  "fields": {"hostname": "node1"}, "timestamp": 5, "node": "node1",
                  "target": "all", "job": null},
        "send": true, "reason": "always", "refused": null,
        "matchers": [{"matcher": "night", "takes": true, "reason": "its rule"}],
        "deliveries": [
            {"target": "admins", "via": "all", "matcher": null, "kind": "sendmail", "deliver": true, "reason": "why",
             "recipients": ["a@b", "c@d"], "skipped": [{"user": "bob@pve", "why": "disabled"}],
             "from": "pve@x"},
            {"target": "phone", "via": null, "matcher": null, "kind": null, "deliver": false,
             "reason": "off", "recipients": [], "skipped": [], "from": null},
            {"target": "relay", "via": null, "matcher": "night", "kind": "smtp", "deliver": true,
             "reason": "night takes it", "recipients": ["e@f"], "skipped": [], "from": "pve@y"},
            {"target": "hook", "via": null, "matcher": "night", "kind": "webhook", "deliver": true,
             "reason": "night takes it", "recipients": [], "skipped": [], "from": null}],
        "warnings": ["w"]})"));
}

TEST(ExplainJson, ARefusalNamesPathAndPrivilege) {
    Plan plan;
    plan.refused = Refusal{"/mapping/notification/x", "Mapping.Use"};
    EXPECT_EQ(Json::parse(explain_json(plan, explained_event))["refused"],
              Json::parse(R"({"path": "/mapping/notification/x", "privilege": "Mapping.Use"})"));
}

TEST(ExplainJson, HasNoSecret) {
    Plan plan;
    plan.deliveries.push_back({"phone",
                               std::nullopt,
                               std::nullopt,
                               true,
                               false,
                               "why",
                               {},
                               GotifyMessage{"https://push", "S3cret", "http://u:S3cret@p:1"}});
    EXPECT_EQ(explain_json(plan, explained_event).find("S3cret"), std::string::npos);
}

TEST(ExplainJson, AnyBytesBecomeJson) {
    Event hostile = explained_event;
    hostile.title = "\xff\xfe\"\n";
    EXPECT_TRUE(Json::accept(explain_json({}, hostile)));
}

}  // namespace
}  // namespace pmx::notifier
