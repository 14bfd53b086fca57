#include "notifier/plan/explain_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pmx::notifier {
namespace {

using Json = nlohmann::json;

const Event event{.id = "e1",
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
                               true,
                               false,
                               "why",
                               {{"bob@pve", "disabled"}},
                               Mail{"pve@x", "Me", {"a@b", "c@d"}}});
    plan.deliveries.push_back({"phone", std::nullopt, false, false, "off", {}, {}});
    plan.warnings = {"w"};
    EXPECT_EQ(Json::parse(explain_json(plan, event)), Json::parse(R"({
        "event": {"id": "e1", "type": "mine", "severity": "warning", "title": "T",
                  "fields": {"hostname": "node1"}, "timestamp": 5, "node": "node1",
                  "target": "all", "job": null},
        "send": true, "reason": "always", "refused": null,
        "deliveries": [
            {"target": "admins", "via": "all", "deliver": true, "reason": "why",
             "recipients": ["a@b", "c@d"], "skipped": [{"user": "bob@pve", "why": "disabled"}],
             "from": "pve@x"},
            {"target": "phone", "via": null, "deliver": false, "reason": "off",
             "recipients": [], "skipped": [], "from": null}],
        "warnings": ["w"]})"));
}

TEST(ExplainJson, ARefusalNamesPathAndPrivilege) {
    Plan plan;
    plan.refused = Refusal{"/mapping/notification/x", "Mapping.Use"};
    EXPECT_EQ(Json::parse(explain_json(plan, event))["refused"],
              Json::parse(R"({"path": "/mapping/notification/x", "privilege": "Mapping.Use"})"));
}

TEST(ExplainJson, HasNoSecret) {
    Plan plan;
    plan.deliveries.push_back({"phone",
                               std::nullopt,
                               true,
                               false,
                               "why",
                               {},
                               GotifyMessage{"https://push", "S3cret", "http://u:S3cret@p:1"}});
    EXPECT_EQ(explain_json(plan, event).find("S3cret"), std::string::npos);
}

TEST(ExplainJson, AnyBytesBecomeJson) {
    Event hostile = event;
    hostile.title = "\xff\xfe\"\n";
    EXPECT_TRUE(Json::accept(explain_json({}, hostile)));
}

}  // namespace
}  // namespace pmx::notifier
