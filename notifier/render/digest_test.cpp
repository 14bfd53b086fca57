#include "notifier/render/digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notifier/render/event_request.h"

namespace pmx::notifier {
namespace {

using testing::HasSubstr;
using testing::Not;

Event event(Severity severity, const std::string& title, const std::string& body) {
    Event made;
    made.type = "x";
    made.severity = severity;
    made.title = title;
    made.body = body;
    made.node = "node1";
    made.timestamp_s = 1'700'000'000;
    return made;
}

TEST(Digest, TellsOfEachEventInOrder) {
    const Event digest = render_digest("phone", {event(Severity::info, "first <b>", "text one"),
                                                 event(Severity::error, "second", "text two"),
                                                 event(Severity::info, "third", "")});
    EXPECT_EQ(digest.type, "digest");
    EXPECT_EQ(digest.severity, Severity::error);
    EXPECT_EQ(digest.title, "3 notifications (1 error, 2 info)");
    EXPECT_EQ(digest.fields.at("target"), "phone");
    EXPECT_EQ(digest.fields.at("events"), "3");
    EXPECT_THAT(digest.body, HasSubstr("2023-11-14 22:13:20 UTC  info      node1  first <b>\n"));
    EXPECT_LT(digest.body.find("text one"), digest.body.find("text two"));
    ASSERT_TRUE(digest.html);
    EXPECT_THAT(*digest.html, HasSubstr("first &lt;b&gt;"));
    EXPECT_THAT(*digest.html, Not(HasSubstr("<b>")));
}

TEST(Digest, OneIsOne) {
    EXPECT_EQ(render_digest("t", {event(Severity::warning, "a", "b")}).title,
              "1 notification (1 warning)");
}

TEST(Digest, IsBoundedAndSaysWhatItLeavesOut) {
    const std::vector<Event> many(
        5'000, event(Severity::info, std::string(1024, 't'), std::string(100'000, 'b') + "END"));
    const Event digest = render_digest("phone", many);
    EXPECT_LT(digest.body.size(), max_body_bytes);
    EXPECT_LT(digest.html->size(), max_html_bytes);
    EXPECT_THAT(digest.body, HasSubstr("... and 4500 more"));
    EXPECT_THAT(digest.body, HasSubstr("The texts of the others are left out."));
    EXPECT_THAT(digest.body, HasSubstr("[... the rest is left out ...]"));
    EXPECT_THAT(digest.body, Not(HasSubstr("END")));
}

TEST(Digest, CutsNoCharacterInTwo) {
    std::string text = "x";
    while (text.size() < max_digest_text_bytes + 10)
        text += "ä";
    const Event digest = render_digest("phone", {event(Severity::info, "t", text)});
    EXPECT_THAT(digest.body, HasSubstr("xää"));
    EXPECT_THAT(digest.body, Not(HasSubstr("\xC3\n")));
}

}  // namespace
}  // namespace pmx::notifier
