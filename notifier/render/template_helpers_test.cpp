#include "notifier/render/template_helpers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "notifier/render/human.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;
using testing::HasSubstr;

std::string run(std::string_view text, const json& data, bool html) {
    auto parsed = Template::parse(text);
    if (!parsed) return parsed.error().message();
    auto out = parsed->render(
        data, {html ? html_helpers() : text_helpers(), html ? html_escape : nullptr, 1U << 20});
    return out ? *out : out.error().message();
}

const json data = json::parse(R"({
  "size": 1610612736, "time": 65, "at": 1700000000, "text": "a\"<b>\n&c d/ä",
  "table": {"schema": {"columns": [{"label": "VMID", "id": "vmid"},
                                   {"label": "Size", "id": "size", "renderer": "human-bytes"},
                                   {"label": "Time", "id": "time", "renderer": "duration"},
                                   {"label": "When", "id": "at", "renderer": "timestamp"}]},
            "data": [{"vmid": 100, "size": 1024, "time": 61, "at": 0},
                     {"vmid": "<1>", "size": "odd", "more": 1}]},
  "bad-table": {"schema": {}, "data": []}, "object": {"a": {"b": "<x>"}}})");

TEST(TemplateHelpers, Numbers) {
    EXPECT_EQ(run("{{human-bytes size}} {{duration time}} {{timestamp at}}", data, false),
              "1.50 GiB 1m 5s 2023-11-14 22:13:20 UTC");
    EXPECT_EQ(run("{{human-bytes \"1024\"}} {{human-bytes none}} {{timestamp none}}", data, false),
              "1.00 KiB - never");
    EXPECT_EQ(run("{{relative-percentage 1 3}} {{relative-percentage 1 0}}", data, false),
              "33.33% -");
    for (const char* text : {"{{human-bytes text}}", "{{human-bytes -1}}", "{{human-bytes 1e300}}",
                             "{{duration \"1e99\"}}", "{{timestamp object}}"}) {
        EXPECT_THAT(run(text, data, false), HasSubstr("takes a number")) << text;
    }
}

TEST(TemplateHelpers, ForPrograms) {
    EXPECT_EQ(run("{{url-encode text}}", data, false), "a%22%3Cb%3E%0A%26c%20d%2F%C3%A4");
    EXPECT_EQ(run("{{escape text}}", data, false), R"(a\"<b>\n&c d/ä)");
    EXPECT_EQ(run("{{json text}} {{json object}} {{json size}}", data, false),
              R"("a\"<b>\n&c d/ä" {"a":{"b":"<x>"}} 1610612736)");
    EXPECT_EQ(run("{{url-encode \"Proxmox VE\"}}{{url-encode none}}", data, false), "Proxmox%20VE");
}

TEST(TemplateHelpers, ATableAsText) {
    EXPECT_EQ(run("{{table table}}", data, false),
              "VMID  Size      Time   When\n"
              "100   1.00 KiB  1m 1s  never\n"
              "<1>   odd\n");
    EXPECT_THAT(run("{{table bad-table}}", data, false), HasSubstr("takes a table"));
    EXPECT_THAT(run("{{table text}}", data, false), HasSubstr("takes a table"));
}

TEST(TemplateHelpers, ATableAsHtmlIsEscapedOnce) {
    const std::string html = run("{{table table}}", data, true);
    EXPECT_THAT(html, HasSubstr("<th "));
    EXPECT_THAT(html, HasSubstr("&lt;1&gt;"));
    EXPECT_EQ(html.find("<1>"), std::string::npos);
}

TEST(TemplateHelpers, TextInEitherForm) {
    EXPECT_EQ(run("{{heading-1 \"One\"}}{{heading-2 \"Two\"}}", data, false),
              "One\n===\nTwo\n---\n");
    EXPECT_EQ(run("{{heading-1 \"A<\"}}", data, true), "<h3>A&lt;</h3>\n");
    EXPECT_EQ(run("{{verbatim text}}", data, false), "a\"<b>\n&c d/ä\n");
    EXPECT_EQ(run("{{verbatim-monospaced text}}", data, true),
              "<pre>a&quot;&lt;b&gt;\n&amp;c d/ä</pre>\n");
    EXPECT_THAT(run("{{object object}}", data, true), HasSubstr("<pre>{\n  &quot;a&quot;"));
}

}  // namespace
}  // namespace pmx::notifier
