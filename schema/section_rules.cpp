#include "schema/section_rules.h"

#include <algorithm>

#include "schema/mail_address.h"
#include "schema/text_lines.h"
#include "schema/users.h"
#include "schema/values.h"

namespace pmx::schema {

namespace {

bool is_token(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::string joined(const std::vector<std::string_view>& words) {
    std::string text;
    for (const std::string_view word : words) {
        if (!text.empty()) text += ", ";
        text += word;
    }
    return text;
}

bool is_address_or_user_list(std::string_view text) {
    const std::vector<std::string> items = split_list(text);
    return !items.empty() && std::all_of(items.begin(), items.end(), [](const std::string& item) {
        return is_mail_address(item) || is_user_id(item);
    });
}

// Whether the value is right, and what it must be.
std::pair<bool, std::string> judge(const PropertyRule& rule, std::string_view value) {
    switch (rule.kind) {
        case ValueKind::text:
            return {true, ""};
        case ValueKind::name:
            return {!has_control_characters(value), "must not have control characters"};
        case ValueKind::boolean:
            return {value.empty() || parse_boolean(value).has_value(), "must be 1 or 0"};
        case ValueKind::address:
            return {is_mail_address(value), "must be an e-mail address"};
        case ValueKind::address_or_user_list:
            return {is_address_or_user_list(value), "must be e-mail addresses or users"};
        case ValueKind::user_id:
            return {is_user_id(value), "must be a user, name@realm"};
        case ValueKind::section_id:
            return {is_section_id(value),
                    "must be a name of 2 to 32 letters, digits, '.', '_', '-'"};
        case ValueKind::base_url:
            return {parse_base_url(value).has_value(),
                    "must be http://host[:port][/path] or https://..., without user or query"};
        case ValueKind::token:
            return {is_token(value), "must be one word of ASCII characters"};
        case ValueKind::one_of:
            return {std::find(rule.words.begin(), rule.words.end(), value) != rule.words.end(),
                    "must be one of " + joined(rule.words)};
    }
    return {false, "is not understood"};
}

}  // namespace

const PropertyRule* TypeRule::find(std::string_view key) const {
    const auto found = std::find_if(properties.begin(), properties.end(),
                                    [key](const PropertyRule& rule) { return rule.key == key; });
    return found == properties.end() ? nullptr : &*found;
}

bool is_section_id(std::string_view text) {
    const auto is_word_character = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    };
    return text.size() >= 2 && text.size() <= 32 && is_word_character(text.front()) &&
           std::all_of(text.begin(), text.end(),
                       [&](char c) { return is_word_character(c) || c == '.' || c == '-'; });
}

std::optional<std::string> why_bad_value(const PropertyRule& rule, std::string_view value) {
    if (value.empty() && rule.kind != ValueKind::boolean) return "has no value";
    auto [right, must_be] = judge(rule, value);
    if (right) return std::nullopt;
    return std::move(must_be);
}

const std::vector<const Property*>& Properties::all(std::string_view key) const {
    static const std::vector<const Property*> none;
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? none : found->second;
}

std::optional<std::string> Properties::text(std::string_view key) const {
    const auto& found = all(key);
    if (found.empty()) return std::nullopt;
    return found.front()->value;
}

bool Properties::boolean(std::string_view key, bool otherwise) const {
    const auto& found = all(key);
    if (found.empty()) return otherwise;
    return found.front()->value.empty() || parse_boolean(found.front()->value).value_or(otherwise);
}

namespace {

bool has_key(const Section& section, std::string_view key) {
    return std::any_of(section.properties.begin(), section.properties.end(),
                       [key](const Property& property) { return property.key == key; });
}

// A property that is there but not right is not missing.
void report_missing(const TypeRule& rule, const Section& section, FilePart part,
                    const Report& report) {
    for (const PropertyRule& property : rule.properties) {
        const bool belongs_here = property.secret == (part == FilePart::secret);
        if (property.required && belongs_here && !has_key(section, property.key)) {
            report(section.line, "property '" + std::string(property.key) + "' is missing");
        }
    }
    const auto& choices = rule.at_least_one_of;
    if (part == FilePart::shared && !choices.empty() &&
        std::none_of(choices.begin(), choices.end(),
                     [&](std::string_view key) { return has_key(section, key); })) {
        report(section.line, "one of the properties " + joined(choices) + " must be there");
    }
}

}  // namespace

CheckedSection check_section(const TypeRule& rule, const Section& section, FilePart part,
                             const Report& report) {
    CheckedSection checked;
    for (const Property& property : section.properties) {
        const PropertyRule* known = rule.find(property.key);
        if (known == nullptr || (part == FilePart::secret && !known->secret)) {
            if (rule.others_allowed) continue;
            checked.has_unknown = true;
            // An unknown word of the private file may be a secret in the wrong place.
            report(property.line, part == FilePart::secret
                                      ? "unknown property"
                                      : "unknown property '" + property.key + "'");
            continue;
        }
        const std::string name = "property '" + property.key + "' ";
        if (part == FilePart::shared && known->secret) {
            report(property.line, name + "belongs into the private file");
        } else if (const auto why = why_bad_value(*known, property.value)) {
            report(property.line, name + *why);
        } else if (checked.right.has(property.key) && !known->list) {
            report(property.line, name + "is given twice");
        } else {
            checked.right.add(property);
        }
    }
    report_missing(rule, section, part, report);
    return checked;
}

}  // namespace pmx::schema
