#include "notifier/render/override.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmx::notifier {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TemplateOverrides overrides(const std::map<std::string, std::string>& files) {
    TemplateOverrides made;
    for (const auto& [name, text] : files) {
        auto* place = template_place(made, name);
        auto parsed = Template::parse(text);
        if (place != nullptr && parsed) *place = *parsed;
    }
    return made;
}

EventRequest request_of(const std::string& type, const std::string& data) {
    EventRequest request;
    request.id = "e1";
    request.type = type;
    request.data = data;
    request.timestamp_s = 1'700'000'000;
    return request;
}

struct Overridden {
    Event event;
    std::vector<TemplateFailure> failures;
};

Overridden run(const std::map<std::string, std::string>& files, const EventRequest& request) {
    auto event = make_event(request, "node1");
    if (!event) return {{}, {{"", event.error().message()}}};
    auto failures = override_texts(overrides(files), request, *event);
    return {*event, failures};
}

constexpr auto backup = R"({"guest-table": [
    {"vmid": 100, "name": "<web>", "status": "ok", "time": 65, "size": 1610612736},
    {"vmid": 101, "status": "failed", "size": 1024}], "total-time": 66, "logs": "l1\nl2"})";

// The names that templates of Proxmox VE use.
TEST(Override, ABackup) {
    const Overridden out =
        run({{"vzdump-subject.txt.hbs", "{{hostname}}: {{status-text}}\n"},
             {"vzdump-body.txt.hbs",
              "{{#if error-message}}{{error-message}}\n{{/if}}"
              "{{table guest-table}}Total: {{human-bytes total-size}} in {{duration total-time}}\n"
              "{{#each guest-table.data}}{{vmid}} {{/each}}{{logs}}"},
             {"vzdump-body.html.hbs",
              "<html>{{table guest-table}}{{lookup fields \"failed\"}}</html>"}},
            request_of("vzdump", backup));
    EXPECT_THAT(out.failures, IsEmpty());
    EXPECT_EQ(out.event.title, "node1: backup failed");
    EXPECT_EQ(out.event.body,
              "VMID  Name   Status  Time   Size      Filename\n"
              "100   <web>  ok      1m 5s  1.50 GiB\n"
              "101          failed         1.00 KiB\n"
              "Total: 1.50 GiB in 1m 6s\n"
              "100 101 l1\nl2");
    EXPECT_THAT(*out.event.html, HasSubstr("&lt;web&gt;"));
    EXPECT_THAT(*out.event.html, HasSubstr("</table>\n1</html>"));
    EXPECT_THAT(*out.event.html, Not(HasSubstr("<web>")));
}

TEST(Override, TheOtherEvents) {
    EXPECT_EQ(run({{"replication-body.txt.hbs",
                    "{{job-id}} {{job-schedule}} {{timestamp last-sync}} {{failure-count}}"}},
                  request_of("replication", R"({"job-id": "100-0", "schedule": "*/15",
                                                 "last-sync": 1700000000, "failure-count": 3})"))
                  .event.body,
              "100-0 */15 2023-11-14 22:13:20 UTC 3");
    EXPECT_EQ(run({{"fencing-subject.txt.hbs", "{{fence-prefix}}: {{node}} {{fence-status}}"}},
                  request_of("fencing", R"({"node": "pve2", "status": "gone"})"))
                  .event.title,
              "FENCE: pve2 gone");
    EXPECT_EQ(run({{"package-updates-body.txt.hbs", "{{table updates}}"}},
                  request_of("package-updates",
                             R"({"updates": [{"name": "a", "old": "1", "new": "2"}]})"))
                  .event.body,
              "Package  Old Version  New Version\na        1            2\n");
}

TEST(Override, ATypeOfTheUsers) {
    EventRequest request = request_of("ups", R"({"volts": 230})");
    request.title = "Power <is> gone";
    request.body = "text";
    const Overridden out = run({{"ups-subject.txt.hbs", "[{{severity}}] {{title}}"},
                                {"ups-body.txt.hbs", "{{message}}, {{volts}} V on {{node}}"}},
                               request);
    EXPECT_EQ(out.event.title, "[info] Power <is> gone");
    EXPECT_EQ(out.event.body, "text, 230 V on node1");
}

TEST(Override, WhatTheSenderGaveWinsOverTheTemplateOfAKnownType) {
    EventRequest request = request_of("vzdump", backup);
    request.title = "mine";
    request.body = "mine too";
    const Overridden out = run({{"vzdump-subject.txt.hbs", "theirs"},
                                {"vzdump-body.txt.hbs", "theirs"},
                                {"vzdump-body.html.hbs", "theirs"}},
                               request);
    EXPECT_EQ(out.event.title, "mine");
    EXPECT_EQ(out.event.body, "mine too");
    EXPECT_FALSE(out.event.html);
}

TEST(Override, OneThatFailsLeavesOursAndTheOthers) {
    const Overridden ours = run({}, request_of("vzdump", backup));
    const Overridden out = run({{"vzdump-subject.txt.hbs", "  \n "},
                                {"vzdump-body.txt.hbs", "a\n{{table logs}}"},
                                {"vzdump-body.html.hbs", "<p>{{logs}}</p>"}},
                               request_of("vzdump", backup));
    ASSERT_THAT(out.failures, SizeIs(2));
    EXPECT_EQ(out.failures[0].file, "vzdump-subject.txt.hbs");
    EXPECT_EQ(out.failures[0].reason, "the subject is empty");
    EXPECT_EQ(out.failures[1].file, "vzdump-body.txt.hbs");
    EXPECT_THAT(out.failures[1].reason, HasSubstr("line 2: helper 'table' takes a table"));
    EXPECT_EQ(out.event.title, ours.event.title);
    EXPECT_EQ(out.event.body, ours.event.body);
    EXPECT_EQ(*out.event.html, "<p>l1\nl2</p>");
}

TEST(Override, AFieldWinsOverAMemberOfTheData) {
    EventRequest request = request_of("ups", R"({"volts": 230})");
    request.title = "t";
    request.fields = {{"volts", "0"}};
    EXPECT_EQ(run({{"ups-body.txt.hbs", "{{volts}} {{fields.volts}}"}}, request).event.body, "0 0");
}

TEST(Override, DataThatNestWithoutEndAreNotRendered) {
    EventRequest request = request_of(
        "ups", R"({"a": )" + std::string(100'000, '[') + std::string(100'000, ']') + "}");
    request.title = "t";
    const Overridden out = run({{"ups-body.txt.hbs", "{{json a}}"}}, request);
    ASSERT_THAT(out.failures, SizeIs(1));
    EXPECT_THAT(out.failures[0].reason, HasSubstr("nest too deep"));
}

TEST(Override, NamesOfFiles) {
    TemplateOverrides made;
    EXPECT_NE(template_place(made, "a-b-subject.txt.hbs"), nullptr);
    EXPECT_TRUE(made.contains("a-b"));
    for (const char* name : {"-subject.txt.hbs", "vzdump.hbs", "vzdump-subject.html.hbs", ""}) {
        EXPECT_EQ(template_place(made, name), nullptr) << name;
    }
}

}  // namespace
}  // namespace pmx::notifier
