// What the sections of a section-config file may hold, as a table; and the check against it.
//
// A new type is a new row of the table, and a function that makes its value of checked properties.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/problem.h"
#include "schema/section_config.h"

namespace pmx::schema {

enum class ValueKind : std::uint8_t {
    text,  // may have tabs inside
    name,  // text that stands in a mail's header: no tabs either
    boolean,
    address,
    address_or_user_list,  // in one value, as jobs.cfg has it
    user_id,
    section_id,
    base_url,
    token,
    one_of,  // PropertyRule::words
    host,
    port,
    count,  // from 1
    duration,
    event_type,
    field_rule,
    severity_rule,
    calendar_range,
    webhook_url,  // may be a template
    base64,
    header,        // name=NAME,value=BASE64
    secret_name,   // name=NAME
    secret_value,  // name=NAME,value=BASE64
};

// A section has a part in the shared file and, for its secrets, one in the private file.
enum class FilePart : std::uint8_t { shared, secret };

struct PropertyRule {
    std::string_view key;
    ValueKind kind = ValueKind::text;
    bool required = false;
    bool list = false;
    bool secret = false;  // belongs into the private file, and is never shown
    std::vector<std::string_view> words = {};
};

struct TypeRule {
    std::string_view type;
    std::vector<PropertyRule> properties;
    std::vector<std::string_view> at_least_one_of = {};
    bool others_allowed = false;  // properties that are not in the table are somebody else's

    // A key may have a rule for each part: then the one of this part, else the one there is.
    [[nodiscard]] const PropertyRule* find(std::string_view key,
                                           FilePart part = FilePart::shared) const;
};

// `[A-Za-z0-9_][A-Za-z0-9._-]*`, 2 to 32 characters.
bool is_section_id(std::string_view text);

// What is wrong with the value, or nothing: "must be ...". Never quotes it.
std::optional<std::string> why_bad_value(const PropertyRule& rule, std::string_view value);

// The properties of a section that are right, by key. Refers to the section.
class Properties {
  public:
    void add(const Property& property) { by_key_[property.key].push_back(&property); }

    [[nodiscard]] bool has(std::string_view key) const { return by_key_.contains(key); }
    [[nodiscard]] const std::vector<const Property*>& all(std::string_view key) const;
    [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
    [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
    // Without a value (the key alone) it is true.
    [[nodiscard]] bool boolean(std::string_view key, bool otherwise) const;

  private:
    std::map<std::string, std::vector<const Property*>, std::less<>> by_key_;
};

struct CheckedSection {
    Properties right;
    bool has_unknown = false;  // perhaps the mangled header of another section
};

using Report = std::function<void(int line, std::string reason)>;

// Reports every property that is not right, and every one that is missing in this part.
CheckedSection check_section(const TypeRule& rule, const Section& section, FilePart part,
                             const Report& report);

}  // namespace pmx::schema
