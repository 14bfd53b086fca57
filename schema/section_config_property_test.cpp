#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "schema/section_config.h"

namespace pmx::schema {
namespace {

// A line of a file that a person, an editor or an accident wrote.
rc::Gen<std::string> any_line() {
    return rc::gen::weightedOneOf<std::string>(
        {{3, rc::gen::element<std::string>("a: x1", "b: x2", "c: x3", "b:x1", "d: x 1", "a x1")},
         {4, rc::gen::element<std::string>("\tk v", "  k w", "\tl", "\tk", "\t k  a b ",
                                           "\t=", "\tk \x01")},
         {2, rc::gen::element<std::string>("", " ", "\t", "# c", "\t# c", "#")},
         {1, rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127))}});
}

rc::Gen<std::string> any_text() {
    return rc::gen::map(
        rc::gen::tuple(rc::gen::container<std::vector<std::string>>(any_line()),
                       rc::gen::element<std::string>("\n", "\r\n"), rc::gen::arbitrary<bool>()),
        [](const std::tuple<std::vector<std::string>, std::string, bool>& parts) {
            std::string text;
            for (const std::string& line : std::get<0>(parts))
                text += line + std::get<1>(parts);
            if (std::get<2>(parts) && !text.empty()) text.pop_back();
            return text;
        });
}

rc::Gen<std::string> any_value() {
    return rc::gen::map(
        rc::gen::container<std::string>(rc::gen::elementOf(std::string("abc #:\xc3\xa4=,"))),
        [](std::string text) { return "v" + text + "v"; });
}

std::vector<std::string> values_of(const Section& section, const std::string& key) {
    std::vector<std::string> values;
    for (const Property& property : section.properties) {
        if (property.key == key) values.push_back(property.value);
    }
    return values;
}

std::string without_key(const Section& section, const std::string& key) {
    std::string text = section.type + ":" + section.id;
    for (const Property& property : section.properties) {
        if (property.key != key) text += "|" + property.key + "=" + property.value;
    }
    return text;
}

RC_GTEST_PROP(SectionConfigProperty, ATextThatIsNotEditedStaysAsItIs, ()) {
    const std::string text = *any_text();
    RC_ASSERT(Document::parse("f", text).text() == text);
}

RC_GTEST_PROP(SectionConfigProperty, ProblemsAreInOrderAndHaveALine, ()) {
    const std::string text = *any_text();
    const Document document = Document::parse("f", text);
    int line = 0;
    for (const Problem& problem : document.problems()) {
        RC_ASSERT(problem.line > line);
        line = problem.line;
    }
    RC_ASSERT(static_cast<std::size_t>(line) <= TextLines(text).size());
}

RC_GTEST_PROP(SectionConfigProperty, WhatIsSetIsReadBackAndNothingElseChanges, ()) {
    Document document = Document::parse("f", *any_text());
    RC_PRE(!document.sections().empty());
    const auto before = document.sections();
    const auto problems_before = document.problems().size();
    const std::string id = (*rc::gen::elementOf(before)).id;
    const std::string key = *rc::gen::element<std::string>("k", "l", "new");
    const auto values = *rc::gen::container<std::vector<std::string>>(any_value());
    RC_ASSERT(document.set(id, key, values).has_value());

    const auto& after = document.sections();
    RC_ASSERT(after.size() == before.size());
    RC_ASSERT(document.problems().size() == problems_before);
    bool is_first = true;
    for (std::size_t i = 0; i < after.size(); ++i) {
        RC_ASSERT(without_key(after[i], key) == without_key(before[i], key));
        const bool is_it = is_first && after[i].id == id;
        if (is_it) is_first = false;
        RC_ASSERT(values_of(after[i], key) == (is_it ? values : values_of(before[i], key)));
    }
    RC_ASSERT(Document::parse("f", document.text()).text() == document.text());
}

RC_GTEST_PROP(SectionConfigProperty, EveryCommentSurvivesEveryEdit, ()) {
    const std::string text = *any_text();
    const auto comments = [](const std::string& of) {
        std::multimap<std::string, int> found;
        const TextLines lines(of);
        for (std::size_t i = 0; i < lines.size(); ++i) {
            const std::string_view content = trim(lines.line(i));
            if (content.starts_with('#')) found.emplace(content, 0);
        }
        return found;
    };
    Document document = Document::parse("f", text);
    for (const Section& section : std::vector<Section>(document.sections())) {
        RC_ASSERT(document.set(section.id, "k", {"1", "2"}).has_value());
        RC_ASSERT(document.remove(section.id, "k").has_value());
    }
    RC_ASSERT(document.add_section("z", "zz", {{"k", "v"}}).has_value());
    RC_ASSERT(comments(document.text()) == comments(text));
}

RC_GTEST_PROP(SectionConfigProperty, AddingAndRemovingASectionChangesNoOther, ()) {
    Document document = Document::parse("f", *any_text());
    const auto before = document.sections();
    RC_ASSERT(document.add_section("z", "zz", {{"k", "v"}}).has_value());
    RC_ASSERT(document.sections().size() == before.size() + 1);
    RC_ASSERT(document.sections().back().id == "zz");
    RC_ASSERT(document.remove_section("zz").has_value());
    RC_ASSERT(document.sections().size() == before.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
        RC_ASSERT(without_key(document.sections()[i], "") == without_key(before[i], ""));
    }
}

RC_GTEST_PROP(SectionConfigProperty, RemovingASectionTakesItsPropertiesOnly, ()) {
    Document document = Document::parse("f", *any_text());
    RC_PRE(!document.sections().empty());
    auto expected = document.sections();
    const std::string id = (*rc::gen::elementOf(expected)).id;
    RC_ASSERT(document.remove_section(id).has_value());
    const auto first = std::find_if(expected.begin(), expected.end(),
                                    [&](const Section& section) { return section.id == id; });
    expected.erase(first);
    RC_ASSERT(document.sections().size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        RC_ASSERT(without_key(document.sections()[i], "") == without_key(expected[i], ""));
    }
}

RC_GTEST_PROP(SectionConfigProperty, ASectionsOwnTextIsThatSection, ()) {
    const Document document = Document::parse("f", *any_text());
    for (const Section& section : document.sections()) {
        const Document alone = Document::parse("f", document.section_text(section));
        RC_ASSERT(alone.sections().size() == 1U);
        RC_ASSERT(without_key(alone.sections()[0], "") == without_key(section, ""));
    }
}

}  // namespace
}  // namespace pmx::schema
