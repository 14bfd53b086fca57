// Changes of notifications.cfg and its private part: texts in, texts out. Order, comments and what
// is not touched stay byte for byte. Nothing is changed where the result would not be right.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "schema/section_rules.h"

namespace pmx::schema {

struct NotificationTexts {
    std::string shared;
    std::string secret;
    friend bool operator==(const NotificationTexts&, const NotificationTexts&) = default;
};

// What one works on by command: "group", "filter", "matcher" and "expect" are the types of those
// names, "target" is every other one.
const std::vector<std::string_view>& section_nouns();
// Code::invalid_argument: there is no such noun.
Result<std::vector<const TypeRule*>> types_of_noun(std::string_view noun);

// Property and value, in order; a list has one entry for each of its values. Secrets are among
// them: they go to the private file.
using PropertyValues = std::vector<std::pair<std::string, std::string>>;

struct SectionChange {
    std::string noun;
    std::string type;  // of a section that is added
    std::string name;
    PropertyValues set;               // replaces all values that the properties had
    std::vector<std::string> remove;  // properties
};

// Each: Code::invalid_argument with the property that is wrong and why, Code::not_found,
// Code::already_exists. Never quotes a secret.
Result<NotificationTexts> add_notification_section(const NotificationTexts& texts,
                                                   const SectionChange& change);
Result<NotificationTexts> change_notification_section(const NotificationTexts& texts,
                                                      const SectionChange& change);
// Code::busy: "cannot remove 'x': used by group 'y', datacenter.cfg, job 'z'".
Result<NotificationTexts> remove_notification_section(const NotificationTexts& texts,
                                                      std::string_view noun, std::string_view name,
                                                      std::string_view datacenter_text,
                                                      std::string_view jobs_text);

struct ShownSection {
    std::string type;
    std::string name;
    PropertyValues properties;         // without secrets
    std::vector<std::string> secrets;  // which are set
};
// In the order of the file; only what there is a type for.
std::vector<ShownSection> show_notification_sections(const NotificationTexts& texts,
                                                     std::string_view noun);

}  // namespace pmx::schema
