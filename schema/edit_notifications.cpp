#include "schema/edit_notifications.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "schema/datacenter.h"
#include "schema/jobs.h"
#include "schema/notifications.h"
#include "schema/section_config.h"

namespace pmx::schema {

namespace {

constexpr std::string_view target_noun = "target";

bool is_noun_of_its_own(std::string_view type) {
    const auto& nouns = section_nouns();
    return type != target_noun && std::find(nouns.begin(), nouns.end(), type) != nouns.end();
}

std::string label(std::string_view type, std::string_view name) {
    return std::string(type) + " " + in_quotes(name);
}

tl::unexpected<Error> bad(std::string why) {
    return fail(Code::invalid_argument, std::move(why));
}

// The two files as documents that are edited together.
struct Documents {
    Document shared;
    Document secret;

    explicit Documents(const NotificationTexts& texts)
        : shared(Document::parse(std::string(notifications_file), texts.shared)),
          secret(Document::parse(std::string(private_notifications_file), texts.secret)) {}
    [[nodiscard]] NotificationTexts texts() const { return {shared.text(), secret.text()}; }
};

const TypeRule* find_rule(const std::vector<const TypeRule*>& rules, std::string_view type) {
    const auto found = std::find_if(rules.begin(), rules.end(),
                                    [&](const TypeRule* rule) { return rule->type == type; });
    return found == rules.end() ? nullptr : *found;
}

// What a key is in each of the two files; a webhook's `secret` is in both: its name, and its value.
struct PropertyParts {
    const PropertyRule* shared = nullptr;
    const PropertyRule* secret = nullptr;

    // What one says to set it.
    [[nodiscard]] const PropertyRule& given() const {
        return secret != nullptr ? *secret : *shared;
    }
};

PropertyParts parts_of(const TypeRule& rule, std::string_view key) {
    PropertyParts parts;
    for (const PropertyRule& property : rule.properties)
        if (property.key == key) (property.secret ? parts.secret : parts.shared) = &property;
    return parts;
}

Result<PropertyParts> property_of(const TypeRule& rule, const std::string& section,
                                  const std::string& key) {
    const PropertyParts parts = parts_of(rule, key);
    if (parts.shared != nullptr || parts.secret != nullptr) return parts;
    return bad(section + ": there is no property " + in_quotes(key));
}

// `name=N` of `name=N,value=V`: what the shared file says of a secret.
std::string name_part(std::string_view value) {
    for (const std::string& item : split_list(value))
        if (item.starts_with("name=")) return item;
    return {};
}

Result<void> check_values(const TypeRule& rule, const SectionChange& change) {
    const std::string section = label(rule.type, change.name);
    std::set<std::string_view> given;
    for (const auto& [key, value] : change.set) {
        const auto property = property_of(rule, section, key);
        if (!property) return fail(property.error());
        const std::string name = section + ": property " + in_quotes(key) + " ";
        if (!given.insert(key).second && !property->given().list)
            return bad(name + "is given twice");
        if (const auto why = why_bad_value(property->given(), value)) return bad(name + *why);
        // A key alone is right in a file, and means yes; by command it is said.
        if (value.empty()) return bad(name + "has no value");
    }
    for (const std::string& key : change.remove) {
        const auto property = property_of(rule, section, key);
        if (!property) return fail(property.error());
        if (given.contains(key)) {
            return bad(section + ": property " + in_quotes(key) + " is set and deleted at once");
        }
    }
    return {};
}

std::vector<std::string> values_of(const PropertyValues& properties, std::string_view key) {
    std::vector<std::string> values;
    for (const auto& [each, value] : properties)
        if (each == key) values.push_back(value);
    return values;
}

// The private section comes and goes with its first and last property.
Result<void> put_secret(Document& secret, const TypeRule& rule, const std::string& name,
                        const std::string& key, const std::vector<std::string>& values) {
    const Section* section = secret.find(name);
    if (section != nullptr && section->type != rule.type) {
        // Nobody's: what is left of a section that was once called so.
        if (auto removed = secret.remove_section(name); !removed) return removed;
        section = nullptr;
    }
    if (section == nullptr) {
        if (values.empty()) return {};
        if (auto added = secret.add_section(rule.type, name, {}); !added) return added;
    }
    if (auto done = secret.set(name, key, values); !done) return done;
    if (!secret.find(name)->properties.empty()) return {};
    return secret.remove_section(name);
}

// Sets or removes one property where it belongs.
Result<void> put(Documents& documents, const TypeRule& rule, const std::string& name,
                 const std::string& key, std::vector<std::string> values) {
    const PropertyParts parts = parts_of(rule, key);
    if (parts.secret != nullptr) {
        if (auto done = put_secret(documents.secret, rule, name, key, values); !done) return done;
        for (std::string& value : values)
            value = name_part(value);
    }
    if (parts.shared == nullptr) return {};
    return documents.shared.set(name, key, values);
}

Result<void> apply(Documents& documents, const TypeRule& rule, const SectionChange& change) {
    std::set<std::string_view> done;
    for (const auto& [key, value] : change.set) {
        if (!done.insert(key).second) continue;
        if (auto set = put(documents, rule, change.name, key, values_of(change.set, key)); !set) {
            return set;
        }
    }
    for (const std::string& key : change.remove) {
        if (auto removed = put(documents, rule, change.name, key, {}); !removed) return removed;
    }
    return {};
}

// What is wrong with this section, without line numbers: those of a text that is not there yet.
std::multiset<std::string> problems_of(const NotificationTexts& texts, const std::string& section) {
    std::multiset<std::string> reasons;
    for (const Problem& problem : parse_notifications(texts.shared, texts.secret).problems)
        if (problem.reason.starts_with(section + ":")) reasons.insert(problem.reason);
    return reasons;
}

// A section that was wrong before may be mended step by step: what counts is what is new.
Result<NotificationTexts> checked(const NotificationTexts& before, NotificationTexts after,
                                  const std::string& section) {
    std::multiset<std::string> old = problems_of(before, section);
    for (const std::string& reason : problems_of(after, section)) {
        const auto known = old.find(reason);
        if (known == old.end()) return bad(reason);
        old.erase(known);
    }
    return after;
}

// The section of that name where it is one of the noun's types.
Result<const TypeRule*> rule_of_section(const Document& shared, std::string_view noun,
                                        std::string_view name) {
    const auto rules = types_of_noun(noun);
    if (!rules) return fail(rules.error());
    const Section* section = shared.find(name);
    const TypeRule* rule = section == nullptr ? nullptr : find_rule(*rules, section->type);
    if (rule != nullptr) return rule;
    std::string why = "there is no " + label(noun, name);
    if (section != nullptr) why += ": the section of that name is a " + section->type;
    return fail(Code::not_found, why);
}

std::vector<std::string> users_in_file(const Document& shared, std::string_view name) {
    std::vector<std::string> users;
    for (const Section& section : shared.sections()) {
        const auto& types = notification_types();
        const auto rule = std::find_if(types.begin(), types.end(), [&](const TypeRule& each) {
            return each.type == section.type;
        });
        if (rule == types.end()) continue;
        const bool uses = std::any_of(
            section.properties.begin(), section.properties.end(), [&](const Property& property) {
                const PropertyRule* known = parts_of(*rule, property.key).shared;
                return known != nullptr && known->kind == ValueKind::section_id &&
                       property.value == name;
            });
        if (uses) users.push_back(label(section.type, section.id));
    }
    return users;
}

// Who refers to the section: what would be without a target or a filter if it went.
std::vector<std::string> users_of(const Document& shared, std::string_view name,
                                  std::string_view datacenter_text, std::string_view jobs_text) {
    std::vector<std::string> users = users_in_file(shared, name);
    const NotifySettings notify = parse_datacenter(datacenter_text).values.notify;
    if (notify.target_package_updates == name || notify.target_fencing == name ||
        notify.target_replication == name) {
        users.emplace_back(datacenter_file);
    }
    for (const BackupJob& job : parse_jobs(jobs_text).values.backups)
        if (job.target == name) users.push_back(label("job", job.id));
    return users;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

}  // namespace

const std::vector<std::string_view>& section_nouns() {
    static const std::vector<std::string_view> nouns = {target_noun, "group", "filter", "matcher",
                                                        "expect"};
    return nouns;
}

Result<std::vector<const TypeRule*>> types_of_noun(std::string_view noun) {
    std::vector<const TypeRule*> rules;
    for (const TypeRule& rule : notification_types()) {
        if (noun == target_noun ? !is_noun_of_its_own(rule.type) : rule.type == noun) {
            rules.push_back(&rule);
        }
    }
    if (rules.empty()) return bad("there are no sections of kind " + in_quotes(noun));
    return rules;
}

Result<NotificationTexts> add_notification_section(const NotificationTexts& texts,
                                                   const SectionChange& change) {
    const auto rules = types_of_noun(change.noun);
    if (!rules) return fail(rules.error());
    const TypeRule* rule = find_rule(*rules, change.type);
    if (rule == nullptr) {
        std::vector<std::string> types;
        for (const TypeRule* each : *rules)
            types.emplace_back(each->type);
        return bad("a " + change.noun + " has one of the types " + joined(types));
    }
    if (!is_section_id(change.name)) {
        return bad(
            "a name has 2 to 32 letters, digits, '.', '_', '-', and begins with none of "
            "'.' and '-'");
    }
    if (auto right = check_values(*rule, change); !right) return fail(right.error());
    Documents documents(texts);
    if (const Section* taken = documents.shared.find(change.name)) {
        return fail(Code::already_exists,
                    "the name is taken by " + label(taken->type, change.name));
    }
    // Left behind by a change that was cut short between the two files.
    if (documents.secret.find(change.name) != nullptr) {
        if (auto removed = documents.secret.remove_section(change.name); !removed) {
            return fail(removed.error());
        }
    }
    if (auto added = documents.shared.add_section(change.type, change.name, {}); !added) {
        return fail(added.error());
    }
    if (auto applied = apply(documents, *rule, change); !applied) return fail(applied.error());
    return checked(texts, documents.texts(), label(change.type, change.name));
}

Result<NotificationTexts> change_notification_section(const NotificationTexts& texts,
                                                      const SectionChange& change) {
    Documents documents(texts);
    const auto rule = rule_of_section(documents.shared, change.noun, change.name);
    if (!rule) return fail(rule.error());
    if (change.set.empty() && change.remove.empty()) return bad("there is nothing to change");
    if (auto right = check_values(**rule, change); !right) return fail(right.error());
    if (auto applied = apply(documents, **rule, change); !applied) return fail(applied.error());
    return checked(texts, documents.texts(), label((*rule)->type, change.name));
}

Result<NotificationTexts> remove_notification_section(const NotificationTexts& texts,
                                                      std::string_view noun, std::string_view name,
                                                      std::string_view datacenter_text,
                                                      std::string_view jobs_text) {
    Documents documents(texts);
    if (const auto rule = rule_of_section(documents.shared, noun, name); !rule) {
        return fail(rule.error());
    }
    // Without its section, what is built in is there as it was made.
    const bool stays = name == mail_to_root || name == default_matcher;
    const auto users = stays ? std::vector<std::string>()
                             : users_of(documents.shared, name, datacenter_text, jobs_text);
    if (!users.empty()) {
        return fail(Code::busy, "cannot remove " + in_quotes(name) + ": used by " + joined(users));
    }
    if (auto removed = documents.shared.remove_section(name); !removed) {
        return fail(removed.error());
    }
    if (documents.secret.find(name) != nullptr) {
        if (auto removed = documents.secret.remove_section(name); !removed) {
            return fail(removed.error());
        }
    }
    return documents.texts();
}

std::vector<ShownSection> show_notification_sections(const NotificationTexts& texts,
                                                     std::string_view noun) {
    std::vector<ShownSection> shown;
    const auto rules = types_of_noun(noun);
    if (!rules) return shown;
    const Documents documents(texts);
    for (const Section& section : documents.shared.sections()) {
        const TypeRule* rule = find_rule(*rules, section.type);
        if (rule == nullptr) continue;
        ShownSection each{section.type, section.id, {}, {}};
        for (const Property& property : section.properties) {
            // What is not known may be a secret in the wrong place.
            if (parts_of(*rule, property.key).shared != nullptr) {
                each.properties.emplace_back(property.key, property.value);
            }
        }
        const Section* secret = documents.secret.find(section.id);
        for (const PropertyRule& property : rule->properties) {
            if (!property.secret || secret == nullptr) continue;
            if (std::any_of(secret->properties.begin(), secret->properties.end(),
                            [&](const Property& set) { return set.key == property.key; })) {
                each.secrets.emplace_back(property.key);
            }
        }
        shown.push_back(std::move(each));
    }
    return shown;
}

}  // namespace pmx::schema
