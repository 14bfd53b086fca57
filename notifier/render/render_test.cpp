#include "notifier/render/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notifier/render/event_request.h"
#include "notifier/render/human.h"

namespace pmx::notifier {
namespace {

using testing::HasSubstr;
using testing::Not;

Result<Rendered> rendered(std::string_view type, std::string_view data,
                          const std::map<std::string, std::string>& overrides = {}) {
    return render(type, data, overrides, "node1");
}

TEST(Render, ABackupIsSuccessfulWhenEveryGuestIs) {
    auto out = rendered("vzdump", R"({"guest-table": [
        {"vmid": 100, "name": "web", "status": "ok", "time": 65, "size": 1610612736,
         "filename": "/b/100.vma"}], "total-time": 66, "job-id": "nightly"})");
    ASSERT_TRUE(out) << out.error().message();
    EXPECT_EQ(out->severity, Severity::info);
    EXPECT_EQ(out->title, "Backup successful on node1");
    EXPECT_THAT(out->text, HasSubstr("100   web   ok      1m 5s  1.50 GiB  /b/100.vma\n"));
    EXPECT_THAT(out->text, HasSubstr("Total time:  1m 6s\n"));
    EXPECT_EQ(out->fields.at("job-id"), "nightly");
    EXPECT_EQ(out->fields.at("failed"), "0");
}

TEST(Render, OneFailedGuestMakesTheBackupAnError) {
    auto out = rendered("vzdump", R"({"guest-table": [{"vmid": 1, "status": "OK"},
                                                      {"vmid": 2, "status": "err"}]})");
    ASSERT_TRUE(out);
    EXPECT_EQ(out->severity, Severity::error);
    EXPECT_EQ(out->title, "Backup failed on node1: 1 of 2 guests failed");
}

TEST(Render, AnErrorOfTheJobIsAnErrorToo) {
    auto out = rendered("vzdump", R"({"guest-table": [], "error": "storage is full"})");
    ASSERT_TRUE(out);
    EXPECT_EQ(out->severity, Severity::error);
    EXPECT_THAT(out->text, HasSubstr("storage is full"));
}

TEST(Render, HtmlIsEscapedWhereverItComesFrom) {
    auto out = rendered("vzdump", R"({"hostname": "<h>&", "error": "\"<e>'", "logs": "<l>",
        "job-id": "<j>", "guest-table": [{"vmid": "<v>", "name": "<n>", "status": "<s>",
        "filename": "<f>"}]})");
    ASSERT_TRUE(out);
    for (const char* raw : {"<h>", "<e>", "<l>", "<j>", "<v>", "<n>", "<s>", "<f>", "\"<"}) {
        EXPECT_THAT(out->html, Not(HasSubstr(raw)));
    }
    EXPECT_THAT(out->html, HasSubstr("&lt;h&gt;&amp;"));
    EXPECT_THAT(out->html, HasSubstr("&quot;&lt;e&gt;&#39;"));
}

TEST(Render, LongLogsKeepBeginningAndEnd) {
    std::string logs = "first line\n";
    while (logs.size() < (2U << 20))
        logs += "ü line in the middle\n";
    logs += "last line\n";
    std::string data = R"({"guest-table": [], "logs": ")";
    for (char c : logs)
        data += c == '\n' ? std::string("\\n") : std::string(1, c);
    auto out = rendered("vzdump", data + "\"}");
    ASSERT_TRUE(out);
    EXPECT_LT(out->text.size(), 600'000U);
    EXPECT_THAT(out->text, HasSubstr("first line\n"));
    EXPECT_THAT(out->text, HasSubstr("MiB left out"));
    EXPECT_THAT(out->text, HasSubstr("\nlast line\n"));
}

TEST(Render, FieldsWinOverData) {
    auto out = rendered("fencing", R"({"node": "a", "hostname": "h"})",
                        {{"node", "b"}, {"status", "down"}});
    ASSERT_TRUE(out);
    EXPECT_EQ(out->title, "Fencing of node b: down");
    EXPECT_EQ(out->fields.at("node"), "b");
}

TEST(Render, AReplicationTellsAllThatItKnows) {
    auto out = rendered("replication", R"({"job-id": "100-0", "job-target": "node2",
        "schedule": "*/15", "last-sync": 1700000000, "next-sync": "1700000900",
        "failure-count": 3, "error": "no route"})");
    ASSERT_TRUE(out) << out.error().message();
    EXPECT_EQ(out->severity, Severity::error);
    EXPECT_THAT(out->text, HasSubstr("failed 3 times in a row"));
    EXPECT_THAT(out->text, HasSubstr("2023-11-14 22:13:20 UTC"));
    EXPECT_THAT(out->text, HasSubstr("no route"));
    EXPECT_EQ(out->fields.at("next-sync"), "1700000900");
}

TEST(Render, PackagesAreListedAndCounted) {
    const char* data = R"({"updates": [{"name": "a", "old": "1", "new": "2"},
                                       {"name": "b", "new": "3"}]})";
    auto out = rendered("package-updates", data);
    ASSERT_TRUE(out);
    EXPECT_EQ(out->fields.at("updates"), "2");
    EXPECT_THAT(out->text, HasSubstr("b        (new)      3\n"));
    EXPECT_THAT(packages_of(data), testing::ElementsAre(std::pair("a", "2"), std::pair("b", "3")));
}

TEST(Render, BadDataNamesTheMember) {
    const std::pair<const char*, const char*> cases[] = {
        {"{", "JSON"},
        {"[]", "object"},
        {R"({"guest-table": {}})", "'guest-table'"},
        {R"({"guest-table": [1]})", "guest-table[0]: is not an object"},
        {R"({"guest-table": [{"vmid": 1, "status": "ok"}, {"vmid": 2}]})",
         "guest-table[1]: member 'status'"},
        {R"({"guest-table": [], "total-time": -1})", "'total-time'"},
        {R"({"guest-table": [], "total-time": 1e300})", "'total-time'"},
        {R"({"guest-table": [], "total-time": 9007199254740993})", "'total-time'"},
        {R"({"guest-table": [], "logs": ["x"]})", "'logs'"},
        {"{\"guest-table\": [], \"logs\": \"\xff\"}", "JSON"},
    };
    for (const auto& [data, complaint] : cases) {
        auto out = rendered("vzdump", data);
        ASSERT_FALSE(out) << data;
        EXPECT_EQ(out.error().code(), Code::invalid_argument);
        EXPECT_THAT(out.error().message(), HasSubstr(complaint));
    }
}

TEST(Human, SizesAndDurations) {
    EXPECT_EQ(human_size(0), "0 B");
    EXPECT_EQ(human_size(1023), "1023 B");
    EXPECT_EQ(human_size(1024), "1.00 KiB");
    EXPECT_EQ(human_size((1ULL << 30) - 1), "1.00 GiB");
    EXPECT_EQ(human_size(~0ULL), "16.00 EiB");
    EXPECT_EQ(human_duration(0), "0s");
    EXPECT_EQ(human_duration(3600), "1h 0m 0s");
    EXPECT_EQ(human_duration(180'065), "2d 2h 1m 5s");
    EXPECT_EQ(human_time(0), "never");
}

EventRequest minimal() {
    EventRequest request;
    request.id = "id";
    request.type = "mine";
    request.title = "title";
    return request;
}

TEST(EventRequest, GoesThroughJsonAndBack) {
    EventRequest request = minimal();
    request.severity = Severity::warning;
    request.body = "b\n";
    request.data = "{}";
    request.fields = {{"a", "b"}};
    request.target = "t";
    request.job = "j";
    request.timestamp_s = 7;
    auto again = parse_event_request(to_json(request));
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(to_json(*again), to_json(request));
    EXPECT_EQ(again->severity, Severity::warning);
    EXPECT_EQ(again->fields, request.fields);
}

TEST(EventRequest, TheSendersTitleBodyAndSeverityWin) {
    EventRequest request = minimal();
    request.type = "fencing";
    request.data = R"({"node": "a"})";
    request.body = "my body";
    request.severity = Severity::notice;
    auto event = make_event(request, "node1");
    ASSERT_TRUE(event);
    EXPECT_EQ(event->title, "title");
    EXPECT_EQ(event->body, "my body");
    EXPECT_FALSE(event->html) << "what is rendered does not go with another body";
    EXPECT_EQ(event->severity, Severity::notice);
    EXPECT_EQ(event->fields.at("hostname"), "node1");
}

TEST(EventRequest, ATitleIsOneLineOfBoundedLength) {
    EventRequest request = minimal();
    request.title = "a\r\nBcc: b" + std::string(2000, 'x') + "\xC3\xBC";
    auto event = make_event(request, "node1");
    ASSERT_TRUE(event);
    EXPECT_LE(event->title.size(), max_title_bytes);
    EXPECT_THAT(event->title, testing::StartsWith("a  Bcc: b"));
}

TEST(EventRequest, TheJobOfABackupIsThatOfItsData) {
    EventRequest request = minimal();
    request.type = "vzdump";
    request.data = R"({"guest-table": [], "job-id": "nightly"})";
    EXPECT_EQ(make_event(request, "n")->job, "nightly");
    request.job = "other";
    EXPECT_EQ(make_event(request, "n")->job, "other");
}

TEST(EventRequest, WhatIsOutOfBoundsIsRefused) {
    const auto refused = [](auto change) {
        EventRequest request = minimal();
        change(request);
        return !make_event(request, "n");
    };
    EXPECT_TRUE(refused([](auto& r) { r.id = ""; }));
    EXPECT_TRUE(refused([](auto& r) { r.id = "-x"; }));
    EXPECT_TRUE(refused([](auto& r) { r.target = std::string(129, 't'); }));
    EXPECT_TRUE(refused([](auto& r) { r.target = "a\nb"; }));
    EXPECT_TRUE(refused([](auto& r) { r.job = std::string(129, 'j'); }));
    EXPECT_TRUE(refused([](auto& r) {
        r.type = "vzdump";
        r.fields["job-id"] = "a\nb";
    }));
    EXPECT_TRUE(refused([](auto& r) { r.id = "../x"; }));
    EXPECT_TRUE(refused([](auto& r) { r.id = std::string(129, 'a'); }));
    EXPECT_TRUE(refused([](auto& r) { r.type = "Type"; }));
    EXPECT_TRUE(refused([](auto& r) { r.title.reset(); }));
    EXPECT_TRUE(refused([](auto& r) { r.body = std::string(max_body_bytes + 1, 'b'); }));
    EXPECT_TRUE(refused([](auto& r) { r.fields["bad name"] = "x"; }));
    EXPECT_TRUE(refused([](auto& r) { r.fields["n"] = std::string(max_field_bytes + 1, 'b'); }));
    EXPECT_TRUE(refused([](auto& r) { r.timestamp_s = -1; }));
    EXPECT_TRUE(refused([](auto& r) { r.data = "7"; }));
    EXPECT_FALSE(refused([](auto&) {}));
}

TEST(EventRequest, WhatIsMadeOfMuchDataFitsIntoAMail) {
    EventRequest request;
    request.id = "id";
    request.type = "vzdump";
    request.data = R"({"guest-table": [)";
    for (int i = 0; i < 20'000; ++i) {
        request.data += (i > 0 ? "," : "") +
                        std::string(R"({"vmid": 1, "status": "ok", "filename": ")") +
                        std::string(200, 'f') + "\"}";
    }
    request.data += "]}";
    auto event = make_event(request, "node1");
    ASSERT_TRUE(event) << event.error().message();
    EXPECT_LE(event->body.size(), max_body_bytes);
    EXPECT_THAT(event->body, testing::EndsWith("left out ...]\n"));
    EXPECT_FALSE(event->html);
    request.data =
        R"({"guest-table": [{"vmid": 1, "status": ")" + std::string(2 << 20, 's') + "\"}]}";
    event = make_event(request, "node1");
    ASSERT_TRUE(event);
    EXPECT_LE(event->body.size(), max_body_bytes);
    EXPECT_GT(event->body.size(), 100U);
}

}  // namespace
}  // namespace pmx::notifier
