#include "notifier/render/template_helpers.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/json.h"
#include "notifier/render/document.h"
#include "notifier/render/human.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;
using Arguments = std::span<const TemplateValue>;
using Made = Result<TemplateValue>;

constexpr std::size_t max_columns = 32;
constexpr std::size_t max_table_rows = 20'000;
constexpr double max_exact_number = 9007199254740992.0;  // 2^53

tl::unexpected<Error> bad(const char* what) {
    return fail(Code::invalid_argument, what);
}

// Also what a string says; nothing where it is no number of at most 2^53.
std::optional<double> number(const json& value) {
    std::optional<double> result;
    if (value.is_number()) result = value.get<double>();
    if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        double read = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), read);
        if (error == std::errc() && end == text.data() + text.size()) result = read;
    }
    if (result && *result >= -max_exact_number && *result <= max_exact_number) return result;
    return std::nullopt;
}

// What is missing is a dash; what is no number makes nothing.
std::optional<std::string> human(std::string_view how, const json& value) {
    if (how == "timestamp" && value.is_null()) return human_time(0);
    if (value.is_null()) return "-";
    const auto amount = number(value);
    if (!amount) return std::nullopt;
    if (how == "timestamp") return human_time(static_cast<std::int64_t>(*amount));
    if (*amount < 0) return std::nullopt;
    const auto whole = static_cast<std::uint64_t>(*amount);
    return how == "duration" ? human_duration(whole) : human_size(whole);
}

Made human_value(std::string_view how, Arguments arguments) {
    if (arguments.size() != 1) return bad("takes one number");
    auto text = human(how, arguments[0].json());
    if (!text) return bad("takes a number");
    return TemplateValue::own(*text);
}

Made human_bytes(Arguments arguments) {
    return human_value("human-bytes", arguments);
}

Made duration(Arguments arguments) {
    return human_value("duration", arguments);
}

Made timestamp(Arguments arguments) {
    return human_value("timestamp", arguments);
}

Made relative_percentage(Arguments arguments) {
    if (arguments.size() != 2) return bad("takes two numbers");
    const auto part = number(arguments[0].json());
    const auto whole = number(arguments[1].json());
    if (!part || !whole) return bad("takes two numbers");
    if (*whole == 0) return TemplateValue::own("-");
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.2f%%", 100 * *part / *whole);
    return TemplateValue::own(text.data());
}

struct Column {
    std::string id;
    std::string label;
    std::string renderer;  // human-bytes, duration, timestamp or none
};

std::string member_text(const json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() ? "" : template_text(*found);
}

std::string cell(const json& row, const Column& column) {
    if (!row.is_object()) return {};
    const auto found = row.find(column.id);
    if (found == row.end()) return {};
    if (column.renderer.empty()) return template_text(*found);
    return human(column.renderer, *found).value_or(template_text(*found));
}

// {"schema": {"columns": [{"id": ..., "label": ..., "renderer": ...}]}, "data": [{...}]}
Result<void> add_table(Document& document, Arguments arguments) {
    if (arguments.size() != 1) return bad("takes one table");
    const json& table = arguments[0].json();
    const json schema = table.is_object() ? table.value("schema", json::object()) : json();
    const auto columns = schema.is_object() ? schema.value("columns", json::array()) : json();
    if (!columns.is_array() || columns.empty() || columns.size() > max_columns) {
        return bad("takes a table with 'schema' and 'data'");
    }
    std::vector<Column> wanted;
    std::vector<std::string> head;
    for (const json& column : columns) {
        if (!column.is_object()) return bad("takes a table whose columns are objects");
        wanted.push_back({member_text(column, "id"), member_text(column, "label"),
                          member_text(column, "renderer")});
        head.push_back(wanted.back().label);
    }
    std::vector<std::vector<std::string>> rows;
    const auto data = table.find("data");
    if (data == table.end() || !data->is_array() || data->size() > max_table_rows) {
        return bad("takes a table with 'schema' and 'data'");
    }
    for (const json& row : *data) {
        rows.emplace_back();
        for (const Column& column : wanted)
            rows.back().push_back(cell(row, column));
    }
    document.table(head, rows);
    return {};
}

Result<void> add_object(Document& document, Arguments arguments) {
    if (arguments.size() != 1) return bad("takes one value");
    document.preformatted(arguments[0].json().dump(2, ' ', false, json::error_handler_t::replace));
    return {};
}

template <void (Document::*add)(const std::string&)>
Result<void> add_text(Document& document, Arguments arguments) {
    if (arguments.size() != 1) return bad("takes one text");
    (document.*add)(template_text(arguments[0].json()));
    return {};
}

using Adder = Result<void> (*)(Document&, Arguments);

template <Adder add>
Made as_text(Arguments arguments) {
    Document document;
    if (auto added = add(document, arguments); !added) return fail(added.error());
    return TemplateValue::own(document.text());
}

template <Adder add>
Made as_html(Arguments arguments) {
    Document document;
    if (auto added = add(document, arguments); !added) return fail(added.error());
    return TemplateValue::markup(document.html_part());
}

Made url_encode(Arguments arguments) {
    if (arguments.size() != 1) return bad("takes one text");
    return TemplateValue::own(url_encoded(template_text(arguments[0].json())));
}

Made escape(Arguments arguments) {
    if (arguments.size() != 1) return bad("takes one text");
    return TemplateValue::own(json_escaped(template_text(arguments[0].json())));
}

Made to_json(Arguments arguments) {
    if (arguments.size() != 1) return bad("takes one value");
    return TemplateValue::own(compact_text(arguments[0].json()));
}

constexpr Adder add_heading_1 = add_text<&Document::heading>;
constexpr Adder add_heading_2 = add_text<&Document::subheading>;
constexpr Adder add_verbatim = add_text<&Document::paragraph>;
constexpr Adder add_monospaced = add_text<&Document::preformatted>;

TemplateHelpers common() {
    return {{"human-bytes", human_bytes},
            {"duration", duration},
            {"timestamp", timestamp},
            {"relative-percentage", relative_percentage},
            {"url-encode", url_encode},
            {"escape", escape},
            {"json", to_json}};
}

}  // namespace

const TemplateHelpers& text_helpers() {
    static const TemplateHelpers helpers = [] {
        TemplateHelpers all = common();
        all["table"] = as_text<add_table>;
        all["object"] = as_text<add_object>;
        all["heading-1"] = as_text<add_heading_1>;
        all["heading-2"] = as_text<add_heading_2>;
        all["verbatim"] = as_text<add_verbatim>;
        all["verbatim-monospaced"] = as_text<add_monospaced>;
        return all;
    }();
    return helpers;
}

const TemplateHelpers& html_helpers() {
    static const TemplateHelpers helpers = [] {
        TemplateHelpers all = common();
        all["table"] = as_html<add_table>;
        all["object"] = as_html<add_object>;
        all["heading-1"] = as_html<add_heading_1>;
        all["heading-2"] = as_html<add_heading_2>;
        all["verbatim"] = as_html<add_verbatim>;
        all["verbatim-monospaced"] = as_html<add_monospaced>;
        return all;
    }();
    return helpers;
}

std::string url_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
        const auto byte = static_cast<unsigned char>(c);
        if (plain) {
            out += c;
        } else {
            out += {'%', digits[byte >> 4U], digits[byte & 15U]};
        }
    }
    return out;
}

std::string json_escaped(std::string_view text) {
    const std::string quoted = compact_text(json(text));
    return quoted.substr(1, quoted.size() - 2);
}

}  // namespace pmx::notifier
