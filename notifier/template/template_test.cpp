#include "notifier/template/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pmx::notifier {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

std::string brackets(std::string_view text) {
    return "<" + std::string(text) + ">";
}

Result<TemplateValue> shout(std::span<const TemplateValue> arguments) {
    if (arguments.size() != 1 || !arguments[0].json().is_string()) {
        return fail(Code::invalid_argument, "takes a text");
    }
    return TemplateValue::own(arguments[0].json().get<std::string>() + "!");
}

Result<TemplateValue> bold(std::span<const TemplateValue> arguments) {
    return TemplateValue::markup("*" + template_text(arguments[0].json()) + "*");
}

const TemplateHelpers helpers = {{"shout", shout}, {"bold", bold}};

// What comes out, or what is wrong.
std::string run(std::string_view text, const json& data = {}, bool escape = false) {
    auto parsed = Template::parse(text);
    if (!parsed) return "error: " + parsed.error().message();
    auto out = parsed->render(data, {helpers, escape ? brackets : nullptr, 10'000});
    return out ? *out : "error: " + out.error().message();
}

struct Case {
    std::string text;
    json data;
    std::string expected;
};

class TemplateCase : public testing::TestWithParam<Case> {};

TEST_P(TemplateCase, Renders) {
    EXPECT_EQ(run(GetParam().text, GetParam().data), GetParam().expected);
}

const json people = {{"people", {{{"name", "Ann"}}, {{"name", "Bob"}}}}, {"title", "T"}};
const json nested = {{"a", {{"b-c", {{"d", 1}}}}}, {"x", "top"}, {"l", {10, 20}}};

INSTANTIATE_TEST_SUITE_P(
    Values, TemplateCase,
    testing::Values(
        Case{"plain } { text", {}, "plain } { text"}, Case{"", {}, ""},
        Case{"{{a.b-c.d}}", nested, "1"}, Case{"{{ a.b-c }}", nested, R"({"d":1})"},
        Case{"{{a/b-c/d}}", nested, "1"}, Case{"{{a.[b-c].d}}", nested, "1"},
        Case{"{{l.1}} {{l.[0]}} {{l.2}}", nested, "20 10 "},
        Case{"[{{missing}}{{a.b.c}}{{x.y}}]", nested, "[]"},
        Case{"{{t}} {{f}} {{n}} {{z}} {{h}}",
             {{"t", true}, {"f", false}, {"n", nullptr}, {"z", 0}, {"h", 1.5}},
             "true false  0 1.5"},
        Case{R"({{"a }} b"}} {{'it'}} {{"q\"q"}} {{-3.5}})", {}, R"(a }} b it q"q -3.5)"},
        Case{R"(\{{x}} \\{{x}} \x)", nested, R"({{x}} \top \x)"},
        Case{"{{this.x}}{{./x}}", nested, "toptop"}));

INSTANTIATE_TEST_SUITE_P(
    Blocks, TemplateCase,
    testing::Values(
        Case{"{{#if x}}yes{{else}}no{{/if}}", nested, "yes"},
        Case{"{{#if y}}yes{{else}}no{{/if}}", nested, "no"},
        Case{"{{#if y}}1{{else if x}}2{{else}}3{{/if}}", nested, "2"},
        Case{"{{#if y}}1{{else if z}}2{{else}}3{{/if}}", nested, "3"},
        Case{"{{#unless y}}no{{^}}yes{{/unless}}", nested, "no"},
        Case{"{{#if e}}1{{/if}}{{#if s}}2{{/if}}{{#if z}}3{{/if}}{{#if o}}4{{/if}}",
             {{"e", json::array()}, {"s", ""}, {"z", 0}, {"o", json::object()}},
             "4"},
        Case{"{{#each people}}{{@index}}{{name}}{{#if @last}}.{{else}}, {{/if}}{{/each}}", people,
             "0Ann, 1Bob."},
        Case{"{{#each people}}{{#if @first}}{{../title}}{{/if}}{{name}}{{/each}}", people,
             "TAnnBob"},
        Case{"{{#each l}}{{this}}{{.}};{{/each}}", nested, "1010;2020;"},
        Case{"{{#each none}}x{{else}}nobody{{/each}}", people, "nobody"},
        Case{"{{#each o}}{{@key}}={{this}} {{/each}}", {{"o", {{"k", 1}, {"m", 2}}}}, "k=1 m=2 "},
        Case{"{{#each r}}{{#each this}}{{@../index}}{{@index}}{{@root.x}} {{/each}}{{/each}}",
             {{"r", {{1, 2}, {3}}}, {"x", "!"}},
             "00! 01! 10! "},
        Case{"{{#with a.b-c}}{{d}}{{../x}}{{/with}}", nested, "1top"},
        Case{"{{#with none}}1{{else}}2{{/with}}", nested, "2"},
        Case{"{{#people}}{{name}} {{/people}}{{#title}}t{{/title}}{{^none}}n{{/none}}", people,
             "Ann Bob tn"},
        Case{"{{#a}}{{#b-c}}{{d}}{{../../x}}{{/b-c}}{{/a}}", nested, "1top"}));

INSTANTIATE_TEST_SUITE_P(
    WhiteSpace, TemplateCase,
    testing::Values(Case{"a\n{{#if x}}\nb\n{{else}}\nc\n{{/if}}\nd\n", {{"x", 1}}, "a\nb\nd\n"},
                    Case{"a\r\n  {{#if x}}  \r\nb\r\n{{/if}}", {{"x", 1}}, "a\r\nb\r\n"},
                    Case{"  {{! c }}\nb", {}, "b"}, Case{"{{!-- a }} b --}}x", {}, "x"},
                    Case{"a {{#if x}}b{{/if}} c", {{"x", 1}}, "a b c"},
                    Case{"a\n{{x}}\nb", {{"x", 1}}, "a\n1\nb"},
                    Case{"a \n {{~x~}} \n b", {{"x", 1}}, "a1b"},
                    Case{"a {{~{x}~}} b{{~! c ~}} d", {{"x", 1}}, "a1bd"},
                    Case{"{{#if x~}} b {{~else~}} c {{~/if}}d", {{"x", 1}}, "bd"},
                    Case{"{{#if a}}{{#if b}}\nx\n{{/if}}{{/if}}", {{"a", 1}, {"b", 1}}, "\nx\n"}));

INSTANTIATE_TEST_SUITE_P(
    Helpers, TemplateCase,
    testing::Values(
        Case{"{{shout x}}{{shout \"y\"}}", nested, "top!y!"},
        Case{"{{shout (shout (lookup a.b \"c\"))}}", {{"a", {{"b", {{"c", "z"}}}}}}, "z!!"},
        Case{"{{#if (eq x \"top\")}}1{{/if}}{{#if (eq l l)}}2{{/if}}", nested, "1"},
        Case{"{{lookup l 1}}{{lookup a \"b-c\"}}{{lookup l 9}}", nested, R"(20{"d":1})"},
        Case{"{{eq 1 1.0}}{{ne 1 2}}{{lt 1 2}}{{gt 1 2}}{{lte 2 2}}{{gte 1 2}}",
             {},
             "truetruetruefalsetruefalse"},
        Case{"{{and 1 0}}{{or 0 \"b\"}}{{not 0}}{{len l}}{{len \"äö\"}}", nested, "0btrue22"}));

INSTANTIATE_TEST_SUITE_P(
    Errors, TemplateCase,
    testing::Values(
        Case{"a\n{{x", {}, "error: line 2: a tag has no end"},
        Case{"{{{x}}", {}, "error: line 1: a tag has no end"},
        Case{"\n\n{{#if x}}\n", {}, "error: line 3: a block is not closed"},
        Case{"{{#if x}}\n{{/each}}",
             {},
             "error: line 2: a block of line 1 is closed by another name"},
        Case{"{{/if}}", {}, "error: line 1: a block is closed that is not open"},
        Case{"{{else}}", {}, "error: line 1: {{else}} stands outside a block"},
        Case{"{{#if x}}{{else}}{{else}}{{/if}}", {}, "error: line 1: a second {{else}}"},
        Case{"{{#if}}{{/if}}", {}, "error: line 1: {{#if}} takes one argument"},
        Case{"{{#no a b}}{{/no}}", {}, "error: line 1: there is no block helper of that name"},
        Case{"{{> part}}", {}, "error: line 1: partials are not supported"},
        Case{"{{{{raw}}}}", {}, "error: line 1: raw blocks are not supported"},
        Case{"{{}}", {}, "error: line 1: a tag is empty"},
        Case{"{{a b=1}}", {}, "error: line 1: named arguments are not supported"},
        Case{"{{#each a as |b|}}{{/each}}", {}, "error: line 1: unexpected '|'"},
        Case{"{{a (b}}", {}, "error: line 1: '(' has no ')'"},
        Case{"{{a.}}", {}, "error: line 1: a name is missing"},
        Case{"{{\"a}}", {}, "error: line 1: a tag has no end"},
        Case{"{{! a", {}, "error: line 1: a comment has no end"},
        Case{"\n{{nobody 1}}", {}, "error: line 2: there is no helper 'nobody'"},
        Case{"{{shout 1}}", {}, "error: line 1: helper 'shout' takes a text"}));

TEST(Template, EscapesWhatIsNotRawOrMarkup) {
    const json data = {{"x", "v"}};
    EXPECT_EQ(run("{{x}} {{{x}}} {{&x}} {{shout x}} {{bold x}} text", data, true),
              "<v> v v <v!> *v* text");
}

TEST(Template, NestingIsBounded) {
    const auto blocks = [](std::size_t depth) {
        std::string text = "x";
        for (std::size_t i = 0; i < depth; ++i)
            text = "{{#if a}}" + text + "{{/if}}";
        return text;
    };
    EXPECT_EQ(run(blocks(max_template_nesting), {{"a", 1}}), "x");
    EXPECT_THAT(run(blocks(max_template_nesting + 1), {{"a", 1}}),
                HasSubstr("blocks nest too deep"));
    EXPECT_THAT(run("{{a " + std::string(1000, '(') + "}}"), HasSubstr("too many '('"));
    std::string chain = "{{#if a}}";
    for (int i = 0; i < 1000; ++i)
        chain += "{{else if a}}";
    EXPECT_THAT(run(chain + "{{/if}}"), HasSubstr("blocks nest too deep"));
}

TEST(Template, OutputIsBounded) {
    const json data = {{"l", json::array_t(1000)}, {"s", std::string(6000, 'x')}};
    EXPECT_THAT(run("{{#each l}}0123456789{{/each}}", data).size(), 10'000U);
    EXPECT_THAT(run("{{#each l}}0123456789a{{/each}}", data), HasSubstr("too much text"));
    EXPECT_THAT(run("{{s}}{{s}}", data), HasSubstr("too much text"));
}

// Loops in loops over what the sender sent, and helpers on much of it.
TEST(Template, WorkIsBounded) {
    const json data = {{"l", json::array_t(1000)}, {"s", std::string(200'000, 'x')}};
    EXPECT_THAT(run("{{#each l}}{{#each @root.l}}{{/each}}{{/each}}", data),
                HasSubstr("takes too long"));
    EXPECT_THAT(run("{{#each l}}{{#if (len @root.s)}}{{/if}}{{/each}}", data),
                HasSubstr("takes too long"));
    EXPECT_EQ(run("{{#each l}}{{#if @root.s}}{{/if}}{{/each}}", data), "");
}

TEST(Template, ATemplateIsBounded) {
    EXPECT_THAT(run(std::string(max_template_bytes + 1, 'x')), StartsWith("error: "));
}

}  // namespace
}  // namespace pmx::notifier
