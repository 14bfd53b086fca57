#include "notifier/template/builtin.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace pmx::notifier {
namespace {

using nlohmann::json;
using Arguments = std::span<const TemplateValue>;

tl::unexpected<Error> bad(const char* what) {
    return fail(Code::invalid_argument, what);
}

// Objects and arrays are equal to nothing.
bool equal(const json& a, const json& b) {
    return a.is_primitive() && b.is_primitive() && a == b;
}

bool less(const json& a, const json& b) {
    const bool comparable = (a.is_number() && b.is_number()) || (a.is_string() && b.is_string());
    return comparable && a < b;
}

bool unequal(const json& a, const json& b) {
    return !equal(a, b);
}

bool greater(const json& a, const json& b) {
    return less(b, a);
}

bool at_most(const json& a, const json& b) {
    return less(a, b) || equal(a, b);
}

bool at_least(const json& a, const json& b) {
    return at_most(b, a);
}

template <bool (*holds)(const json&, const json&)>
Result<TemplateValue> compare(Arguments arguments) {
    if (arguments.size() != 2) return bad("takes two arguments");
    return TemplateValue::own(holds(arguments[0].json(), arguments[1].json()));
}

// The last argument if all are true, else the first that is not, as in most languages.
Result<TemplateValue> all_of(Arguments arguments) {
    if (arguments.empty()) return bad("takes at least one argument");
    const auto found = std::find_if(arguments.begin(), arguments.end(),
                                    [](const auto& value) { return !is_true(value.json()); });
    return found == arguments.end() ? arguments.back() : *found;
}

Result<TemplateValue> any_of(Arguments arguments) {
    if (arguments.empty()) return bad("takes at least one argument");
    const auto found = std::find_if(arguments.begin(), arguments.end(),
                                    [](const auto& value) { return is_true(value.json()); });
    return found == arguments.end() ? arguments.back() : *found;
}

Result<TemplateValue> negate(Arguments arguments) {
    if (arguments.size() != 1) return bad("takes one argument");
    return TemplateValue::own(!is_true(arguments[0].json()));
}

// Members of an object, entries of an array, characters of a text.
Result<TemplateValue> length(Arguments arguments) {
    if (arguments.size() != 1) return bad("takes one argument");
    const json& value = arguments[0].json();
    if (!value.is_string()) return TemplateValue::own(value.size());
    const auto& text = value.get_ref<const std::string&>();
    return TemplateValue::own(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

Result<TemplateValue> lookup(Arguments arguments) {
    if (arguments.size() != 2) return bad("takes what is searched, and a name or index");
    const json& where = arguments[0].json();
    const json& what = arguments[1].json();
    if (where.is_object() && what.is_string()) {
        const auto found = where.find(what.get_ref<const std::string&>());
        if (found != where.end()) return arguments[0].part(*found);
    }
    if (where.is_array() && what.is_number_unsigned() && what.get<std::uint64_t>() < where.size()) {
        return arguments[0].part(where[what.get<std::size_t>()]);
    }
    return TemplateValue();
}

}  // namespace

bool is_true(const json& value) {
    switch (value.type()) {
        case json::value_t::boolean:
            return value.get<bool>();
        case json::value_t::number_integer:
        case json::value_t::number_unsigned:
        case json::value_t::number_float:
            return value != json(0);
        case json::value_t::string:
        case json::value_t::array:
            return value.is_string() ? !value.get_ref<const std::string&>().empty()
                                     : !value.empty();
        case json::value_t::object:
            return true;
        default:
            return false;
    }
}

const TemplateHelpers& builtin_helpers() {
    static const TemplateHelpers helpers = {{"eq", compare<equal>},    {"ne", compare<unequal>},
                                            {"lt", compare<less>},     {"gt", compare<greater>},
                                            {"lte", compare<at_most>}, {"gte", compare<at_least>},
                                            {"and", all_of},           {"or", any_of},
                                            {"not", negate},           {"len", length},
                                            {"lookup", lookup}};
    return helpers;
}

}  // namespace pmx::notifier
