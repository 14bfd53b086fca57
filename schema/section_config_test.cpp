#include "schema/section_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pmx::schema {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> section_config_problems(std::string_view text) {
    std::vector<std::string> lines;
    const Document document = Document::parse("f.cfg", text);
    for (const Problem& problem : document.problems()) {
        lines.push_back(to_string(problem));
    }
    return lines;
}

// "type id key=value key=value", one for each section.
std::vector<std::string> sections_of(const Document& document) {
    std::vector<std::string> all;
    for (const Section& section : document.sections()) {
        std::string text = section.type + " " + section.id;
        for (const Property& property : section.properties) {
            text += " " + property.key + "=" + property.value;
        }
        if (!section.good) text += " BAD";
        all.push_back(text);
    }
    return all;
}

std::vector<std::string> sections_of(std::string_view text) {
    return sections_of(Document::parse("f.cfg", text));
}

TEST(SectionConfig, SectionsAndProperties) {
    EXPECT_THAT(sections_of("sendmail: admins\n"
                            "\tmailto a@b\n"
                            "   comment  two  words \t\n"
                            "\tdisable\n"
                            "\n"
                            "gotify: phone\n"
                            "\tserver https://x:1/y\n"),
                ElementsAre("sendmail admins mailto=a@b comment=two  words disable=",
                            "gotify phone server=https://x:1/y"));
}

TEST(SectionConfig, ABlankLineEndsASectionAHeaderStartsTheNextWithOrWithout) {
    const std::string text = "a: x1\n\tk 1\nb: x2\n\tk 2\n \t\n\tk 3\nc:x3\n";
    EXPECT_THAT(sections_of(text), ElementsAre("a x1 k=1", "b x2 k=2", "c x3"));
    EXPECT_THAT(section_config_problems(text),
                ElementsAre("f.cfg:6: property outside of a section"));
}

TEST(SectionConfig, CommentsAreSkippedWhereverTheyAre) {
    EXPECT_THAT(sections_of("# top\na: x1\n# inside\n\tk 1\n\t # indented\n\tk2 # value\n#end"),
                ElementsAre("a x1 k=1 k2=# value"));
}

TEST(SectionConfig, ReadsCrLf) {
    const std::string text = "a: x1\r\n\tk v\r\n\r\nb: x2\r\n\tk w\r\n";
    EXPECT_THAT(sections_of(text), ElementsAre("a x1 k=v", "b x2 k=w"));
    EXPECT_THAT(section_config_problems(text), IsEmpty());
}

TEST(SectionConfig, ReportsAllProblemsAndKeepsTheOtherSections) {
    const std::string text =
        "\tstray v\n"     // 1
        "gotify phone\n"  // 2: no colon; 3 is its property
        "\tserver x\n"    // 3
        "1a: x1\n"        // 4
        "b: two words\n"  // 5
        "c:\n"            // 6
        "d: x2\n"         // 7
        "\t=bad\n"        // 8
        "\tk \x01\n"      // 9
        "\tgood v\n"      // 10
        "e: x3\n"         // 11
        "\tk v\n"         // 12
        "f: x2\n";        // 13
    EXPECT_THAT(section_config_problems(text),
                ElementsAre("f.cfg:1: property outside of a section",
                            "f.cfg:2: expected a section header, 'type: id'",
                            "f.cfg:4: expected a section header, 'type: id'",
                            "f.cfg:5: a section header needs an id of one word, 'type: id'",
                            "f.cfg:6: a section header needs an id of one word, 'type: id'",
                            "f.cfg:8: expected a property, 'key value'",
                            "f.cfg:9: control character in a property",
                            "f.cfg:13: the section in line 7 has the same id"));
    EXPECT_THAT(sections_of(text), ElementsAre("d x2 good=v BAD", "e x3 k=v", "f x2 BAD"));
}

TEST(SectionConfig, NeverQuotesWhatItDoesNotUnderstand) {
    for (const char* text : {"tokenS3cret\n", "\ttoken=S3cret\n", "a: x1\n\ttoken=S3cret\n",
                             "token: S3cret x\n", "a: S3cret\nb: S3cret\n"}) {
        for (const std::string& problem : section_config_problems(text)) {
            EXPECT_EQ(problem.find("S3cret"), std::string::npos) << problem;
        }
        EXPECT_FALSE(section_config_problems(text).empty());
    }
}

TEST(SectionConfig, FindGivesTheFirst) {
    const Document document = Document::parse("f", "a: x1\n\tk 1\n\nb: x1\n\tk 2\n");
    ASSERT_NE(document.find("x1"), nullptr);
    EXPECT_EQ(document.find("x1")->type, "a");
    EXPECT_EQ(document.find("x2"), nullptr);
}

TEST(SectionConfig, SectionText) {
    const Document document =
        Document::parse("f", "# top\na: x1\n\tk 1\n# in\n\tk2 2\n# after\n\nb: x2\n");
    EXPECT_EQ(document.section_text(*document.find("x1")), "a: x1\n\tk 1\n# in\n\tk2 2\n");
    EXPECT_EQ(document.section_text(*document.find("x2")), "b: x2\n");
}

constexpr std::string_view edited =
    "# the admins\n"
    "sendmail: admins\n"
    "  mailto   a@b\n"
    "# and the boss\n"
    "\tmailto c@d\n"
    "\tcomment x\n"
    "\n"
    "gotify: phone\n"
    "\tserver https://x\n";

TEST(SectionConfigEdit, SetReplacesWhereItWas) {
    Document document = Document::parse("f", edited);
    ASSERT_TRUE(document.set("admins", "comment", {" new  one "}));
    EXPECT_EQ(document.text(),
              "# the admins\nsendmail: admins\n  mailto   a@b\n# and the boss\n\tmailto c@d\n"
              "\tcomment new  one\n\ngotify: phone\n\tserver https://x\n");
}

TEST(SectionConfigEdit, SetGrowsAndShrinksAList) {
    Document document = Document::parse("f", edited);
    ASSERT_TRUE(document.set("admins", "mailto", {"1@b", "2@b", "3@b"}));
    EXPECT_EQ(document.text(),
              "# the admins\nsendmail: admins\n\tmailto 1@b\n# and the boss\n\tmailto 2@b\n"
              "\tmailto 3@b\n\tcomment x\n\ngotify: phone\n\tserver https://x\n");
    ASSERT_TRUE(document.set("admins", "mailto", {"9@b"}));
    EXPECT_EQ(document.text(),
              "# the admins\nsendmail: admins\n\tmailto 9@b\n# and the boss\n\tcomment x\n\n"
              "gotify: phone\n\tserver https://x\n");
}

TEST(SectionConfigEdit, SetAddsAtTheEndOfTheSection) {
    Document document = Document::parse("f", edited);
    ASSERT_TRUE(document.set("admins", "disable", {"1"}));
    ASSERT_TRUE(document.set("phone", "comment", {"y"}));
    EXPECT_THAT(sections_of(document),
                ElementsAre("sendmail admins mailto=a@b mailto=c@d comment=x disable=1",
                            "gotify phone server=https://x comment=y"));
}

TEST(SectionConfigEdit, RemoveTakesAllLinesOfAKey) {
    Document document = Document::parse("f", edited);
    ASSERT_TRUE(document.remove("admins", "mailto"));
    EXPECT_THAT(sections_of(document),
                ElementsAre("sendmail admins comment=x", "gotify phone server=https://x"));
    EXPECT_NE(document.text().find("# and the boss\n"), std::string::npos);
}

TEST(SectionConfigEdit, AddAndRemoveSections) {
    Document document = Document::parse("f", edited);
    ASSERT_TRUE(document.add_section("filter", "urgent", {{"min-severity", "error"}}));
    EXPECT_EQ(document.text(), std::string(edited) + "\nfilter: urgent\n\tmin-severity error\n");
    ASSERT_TRUE(document.remove_section("urgent"));
    EXPECT_EQ(document.text(), edited);
    ASSERT_TRUE(document.remove_section("admins"));
    EXPECT_EQ(document.text(), "# the admins\n\ngotify: phone\n\tserver https://x\n");
}

TEST(SectionConfigEdit, RemovingASectionLeavesStrayLinesStray) {
    Document document = Document::parse("f", "a: x1\n\tk 1\nb: x2\n\tk 2\n\n\tstray 1\n");
    ASSERT_TRUE(document.remove_section("x2"));
    EXPECT_THAT(sections_of(document), ElementsAre("a x1 k=1"));
}

TEST(SectionConfigEdit, KeepsCrLf) {
    Document document = Document::parse("f", "a: x1\r\n\tk v\r\n");
    ASSERT_TRUE(document.set("x1", "l", {"w"}));
    ASSERT_TRUE(document.add_section("b", "x2", {}));
    EXPECT_EQ(document.text(), "a: x1\r\n\tk v\r\n\tl w\r\n\r\nb: x2\r\n");
}

TEST(SectionConfigEdit, RefusesAndLeavesTheTextAlone) {
    Document document = Document::parse("f", edited);
    const auto code = [](const Result<void>& result) {
        return result ? Code::ok : result.error().code();
    };
    EXPECT_EQ(code(document.set("nobody", "k", {"v"})), Code::not_found);
    EXPECT_EQ(code(document.remove_section("nobody")), Code::not_found);
    EXPECT_EQ(code(document.add_section("group", "phone", {})), Code::already_exists);
    for (const char* value : {"", "  ", "a\nb", "a\rb", "a\tb", "a\x7f", "x\n\ngotify: evil"}) {
        EXPECT_EQ(code(document.set("admins", "comment", {"fine", value})), Code::invalid_argument);
        EXPECT_EQ(code(document.add_section("a", "new", {{"comment", value}})),
                  Code::invalid_argument);
    }
    for (const char* word : {"", "1a", "a b", "a:", "#a", "a\nb"}) {
        EXPECT_EQ(code(document.set("admins", word, {"v"})), Code::invalid_argument) << word;
        EXPECT_EQ(code(document.add_section(word, "new", {})), Code::invalid_argument) << word;
    }
    for (const char* id : {"", "a b", "a\nb", "a\tb"}) {
        EXPECT_EQ(code(document.add_section("a", id, {})), Code::invalid_argument) << id;
    }
    EXPECT_EQ(document.text(), edited);
}

TEST(SectionConfigEdit, ADigestGuardsAgainstOthers) {
    const std::string digest = file_digest("a: x1\n");
    EXPECT_EQ(digest.size(), 64U);
    EXPECT_TRUE(check_digest("a: x1\n", digest));
    const auto changed = check_digest("a: x2\n", digest);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().code(), Code::version_mismatch);
    EXPECT_THAT(changed.error().message(),
                testing::HasSubstr("file changed by another user, try again"));
}

}  // namespace
}  // namespace pmx::schema
