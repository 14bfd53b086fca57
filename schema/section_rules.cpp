#include "schema/section_rules.h"

#include <algorithm>

#include "base/base64.h"
#include "schema/mail_address.h"
#include "schema/match_rules.h"
#include "schema/named_value.h"
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

bool is_event_type(std::string_view text) {
    constexpr std::size_t most = 64;
    return !text.empty() && text.size() <= most && text.front() != '-' &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
           });
}

bool is_webhook_url(std::string_view text) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (text.starts_with(scheme)) {
            return text.size() > scheme.size() && !has_control_characters(text);
        }
    }
    return false;
}

// A token of RFC 9110, and a value that begins no other header.
bool is_header(std::string_view text) {
    const auto header = parse_named_value(text);
    return header && !has_control_characters(header->value.value_or("")) &&
           std::all_of(header->name.begin(), header->name.end(), [](char c) {
               constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      marks.find(c) != std::string_view::npos;
           });
}

// With a value or without, as it must be in that part.
bool is_secret(std::string_view text, bool with_value) {
    const auto secret = parse_named_value(text);
    return secret && !has_control_characters(secret->name) &&
           secret->value.has_value() == with_value;
}

bool is_number_from_1(std::string_view text, std::int64_t limit) {
    return parse_number(text, limit).value_or(0) > 0;
}

// The values of targets that Proxmox VE has since 8.1, of matchers and of expectations.
std::pair<bool, std::string> judge_newer(const PropertyRule& rule, std::string_view value) {
    switch (rule.kind) {
        case ValueKind::host:
            return {parse_host(value).has_value(), "must be a host name or an IP address"};
        case ValueKind::port:
            return {is_number_from_1(value, 65535), "must be a number from 1 to 65535"};
        case ValueKind::count:
            return {is_number_from_1(value, max_count), "must be a number from 1 to 1000000"};
        case ValueKind::duration:
            return {parse_duration_s(value).has_value(),
                    "must be a time such as 90min, 26h, 2d or 1w, from 1min to 52w"};
        case ValueKind::event_type:
            return {is_event_type(value), "must be 1 to 64 lower-case letters, digits or '-'"};
        case ValueKind::field_rule:
            return {FieldRule::parse(value).has_value(),
                    "must be exact:FIELD=VALUE[,VALUE...] or regex:FIELD=PATTERN, the pattern at "
                    "most 1024 bytes of RE2's syntax"};
        case ValueKind::severity_rule:
            return {SeverityRule::parse(value).has_value(),
                    "must be a list of info, notice, warning, error, unknown"};
        case ValueKind::calendar_range:
            return {CalendarRange::parse(value).has_value(),
                    "must be [DAYS] START-END, as in 'mon-fri 8:00-16:30'"};
        case ValueKind::webhook_url:
            return {is_webhook_url(value), "must be http://... or https://..."};
        case ValueKind::base64:
            return {decode_base64(value).has_value(), "must be base64"};
        case ValueKind::header:
            return {is_header(value), "must be name=NAME,value=BASE64, a header of HTTP"};
        case ValueKind::secret_name:
            return {is_secret(value, false),
                    "must be name=NAME; the value belongs into the private file"};
        case ValueKind::secret_value:
            return {is_secret(value, true), "must be name=NAME,value=BASE64"};
        default:
            return {false, "is not understood"};
    }
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
        default:
            return judge_newer(rule, value);
    }
}

}  // namespace

const PropertyRule* TypeRule::find(std::string_view key, FilePart part) const {
    const PropertyRule* found = nullptr;
    for (const PropertyRule& rule : properties) {
        if (rule.key != key) continue;
        if (rule.secret == (part == FilePart::secret)) return &rule;
        found = &rule;
    }
    return found;
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
    const bool may_be_empty = rule.kind == ValueKind::boolean || rule.kind == ValueKind::base64;
    if (value.empty() && !may_be_empty) return "has no value";
    auto [right, must_be] = judge(rule, value);
    if (right) return std::nullopt;
    return std::move(must_be);
}

const std::vector<const Property*>& Properties::all(std::string_view key) const {
    static const std::vector<const Property*> none;
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? none : found->second;
}

std::vector<std::string> Properties::texts(std::string_view key) const {
    std::vector<std::string> values;
    for (const Property* property : all(key))
        values.push_back(property->value);
    return values;
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
        const PropertyRule* known = rule.find(property.key, part);
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
