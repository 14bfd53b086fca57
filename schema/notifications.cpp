#include "schema/notifications.h"

#include <algorithm>
#include <map>

#include "schema/values.h"

namespace pmx::schema {

namespace {

constexpr std::string_view filter_type = "filter";
constexpr std::string_view group_type = "group";

const TypeRule* find_type(std::string_view type) {
    const auto& types = notification_types();
    const auto found = std::find_if(types.begin(), types.end(),
                                    [type](const TypeRule& rule) { return rule.type == type; });
    return found == types.end() ? nullptr : &*found;
}

bool has_secrets(const TypeRule& rule) {
    return std::any_of(rule.properties.begin(), rule.properties.end(),
                       [](const PropertyRule& property) { return property.secret; });
}

std::string label(const Section& section) {
    return section.type + (is_section_id(section.id) ? " '" + section.id + "': " : ": ");
}

SendmailTarget make_sendmail(const Section& section, const Properties& properties) {
    SendmailTarget target;
    for (const Property& property : section.properties) {
        if (property.key == "mailto") target.recipients.push_back({false, property.value});
        if (property.key == "mailto-user") target.recipients.push_back({true, property.value});
    }
    target.from_address = properties.text("from-address");
    target.author = properties.text("author");
    return target;
}

TargetGroup make_group(const Properties& properties) {
    TargetGroup group;
    for (const Property* endpoint : properties.all("endpoint")) {
        group.endpoints.push_back(endpoint->value);
    }
    return group;
}

Target make_target(const Section& section, const Properties& shared, const Properties& secret) {
    Target target;
    target.name = section.id;
    target.line = section.line;
    target.filter = shared.text("filter");
    target.comment = shared.text("comment").value_or("");
    target.disable = shared.boolean("disable", false);
    if (section.type == "gotify") {
        target.settings =
            GotifyTarget{parse_base_url(shared.text("server").value_or("")).value_or(""),
                         secret.text("token").value_or("")};
    } else if (section.type == group_type) {
        target.settings = make_group(shared);
    } else {
        target.settings = make_sendmail(section, shared);
    }
    return target;
}

Filter make_filter(const Section& section, const Properties& properties) {
    Filter filter;
    filter.name = section.id;
    filter.line = section.line;
    const std::string severity = properties.text("min-severity").value_or("");
    if (severity == "info") filter.min_severity = MinSeverity::info;
    if (severity == "notice") filter.min_severity = MinSeverity::notice;
    if (severity == "warning") filter.min_severity = MinSeverity::warning;
    if (severity == "error") filter.min_severity = MinSeverity::error;
    if (properties.text("mode") == "or") filter.mode = FilterMode::any;
    filter.invert_match = properties.boolean("invert-match", false);
    filter.comment = properties.text("comment").value_or("");
    return filter;
}

// Reads the two files side by side. Without a document, the private file is not known.
class Reader {
  public:
    Reader(const Document& shared, const Document* secret) : shared_(shared), secret_(secret) {}

    ParsedNotifications read() {
        if (secret_ != nullptr) read_secrets(&shared_);
        parsed_.states.any_may_be_missing = shared_.sections_may_be_missing();
        for (const Section& section : shared_.sections())
            read_section(section);
        check_references();
        add_problems(shared_, shared_problems_);
        if (secret_ != nullptr) add_problems(*secret_, secret_problems_);
        return std::move(parsed_);
    }

    // The private file alone.
    static std::vector<Problem> check_secrets(const Document& secret) {
        const Document nothing = Document::parse("", "");
        Reader reader(nothing, &secret);
        reader.read_secrets(nullptr);
        reader.add_problems(secret, reader.secret_problems_);
        return std::move(reader.parsed_.problems);
    }

  private:
    struct Secret {
        const Section* section;
        Properties properties;
        bool good;
    };
    struct Reference {
        const Section* from;
        const Property* property;
    };

    // Nothing of the private file is quoted but what the shared one has too.
    void read_secrets(const Document* shared) {
        for (const Section& section : secret_->sections()) {
            const Section* owner = shared == nullptr ? nullptr : shared->find(section.id);
            const std::string prefix = owner == nullptr ? "" : label(*owner);
            bool good = section.good;
            const auto report = [&](int line, const std::string& reason) {
                good = false;
                secret_problems_.push_back({secret_->file(), line, prefix + reason});
            };
            const TypeRule* rule = find_type(section.type);
            if (rule == nullptr || !has_secrets(*rule)) {
                report(section.line, "no section of this type has a private part");
                continue;
            }
            if (shared != nullptr && (owner == nullptr || owner->type != section.type)) {
                report(section.line, "there is no section of this type and id in " +
                                         std::string(notifications_file));
            }
            CheckedSection checked = check_section(*rule, section, FilePart::secret, report);
            secrets_.try_emplace(section.id, Secret{&section, std::move(checked.right), good});
        }
    }

    void read_section(const Section& section) {
        bool good = section.good;
        const auto report = [&](int line, const std::string& reason) {
            good = false;
            shared_problems_.push_back({shared_.file(), line, label(section) + reason});
        };
        SectionStates& states = parsed_.states;
        const TypeRule* rule = find_type(section.type);
        if (rule == nullptr) {
            shared_problems_.push_back(
                {shared_.file(), section.line, "unknown type '" + section.type + "'"});
            states.broken.insert(section.id);
            return;
        }
        if (!is_section_id(section.id)) {
            states.any_may_be_missing = true;
            report(section.line, "the id must be 2 to 32 letters, digits, '.', '_', '-'");
        } else if (section.id == mail_to_root) {
            report(section.line, "this name is that of the built-in target");
        }
        const CheckedSection checked = check_section(*rule, section, FilePart::shared, report);
        if (checked.has_unknown) states.any_may_be_missing = true;
        const Secret* secret = find_secret(section, *rule, report);
        if (secret != nullptr && !secret->good) good = false;  // reported where it is
        note_references(*rule, section);
        if (good) {
            keep(section, checked.right, secret);
        } else {
            states.broken.insert(section.id);
        }
    }

    template <typename ReportFunction>
    const Secret* find_secret(const Section& section, const TypeRule& rule,
                              const ReportFunction& report) {
        if (secret_ == nullptr || !has_secrets(rule)) return nullptr;
        const auto found = secrets_.find(section.id);
        if (found == secrets_.end() || found->second.section->type != section.type) {
            report(section.line, "property 'token' is missing in " + secret_->file());
            return nullptr;
        }
        return &found->second;
    }

    void keep(const Section& section, const Properties& shared, const Secret* secret) {
        if (section.type == filter_type) {
            parsed_.values.filters.push_back(make_filter(section, shared));
        } else {
            parsed_.values.targets.push_back(make_target(
                section, shared, secret == nullptr ? Properties{} : secret->properties));
        }
        parsed_.states.good[section.id] = {
            shared_.section_text(section),
            secret == nullptr ? "" : secret_->section_text(*secret->section)};
    }

    void note_references(const TypeRule& rule, const Section& section) {
        for (const Property& property : section.properties) {
            if (rule.find(property.key) == nullptr || !is_section_id(property.value)) continue;
            if (property.key == "filter" || property.key == "endpoint") {
                references_.push_back({&section, &property});
            }
        }
    }

    // They do not break a section: a target whose filter is gone is notified all the same, a group
    // goes to the members that are there.
    void check_references() {
        for (const auto& [from, property] : references_) {
            const std::string why = property->key == "filter" ? why_no_filter(property->value)
                                                              : why_no_endpoint(property->value);
            if (why.empty()) continue;
            shared_problems_.push_back(
                {shared_.file(), property->line,
                 label(*from) + property->key + " '" + property->value + "' " + why});
        }
    }

    std::string why_no_filter(std::string_view name) const {
        const Section* section = shared_.find(name);
        if (section != nullptr && section->type == filter_type) return "";
        return "does not exist; the target is notified without it";
    }

    std::string why_no_endpoint(std::string_view name) const {
        if (name == mail_to_root) return "";
        const Section* section = shared_.find(name);
        if (section == nullptr) return "does not exist";
        if (section->type == filter_type) return "is a filter, not a target";
        if (section->type == group_type) {
            return "is a group; a group cannot be a member of a group";
        }
        return "";
    }

    void add_problems(const Document& document, std::vector<Problem>& found) {
        found.insert(found.begin(), document.problems().begin(), document.problems().end());
        std::stable_sort(found.begin(), found.end(),
                         [](const Problem& a, const Problem& b) { return a.line < b.line; });
        parsed_.problems.insert(parsed_.problems.end(), found.begin(), found.end());
    }

    const Document& shared_;
    const Document* secret_;
    std::map<std::string, Secret, std::less<>> secrets_;
    std::vector<Reference> references_;
    std::vector<Problem> shared_problems_;
    std::vector<Problem> secret_problems_;
    ParsedNotifications parsed_;
};

}  // namespace

const Target* NotificationConfig::find_target(std::string_view name) const {
    const auto found = std::find_if(targets.begin(), targets.end(),
                                    [name](const Target& target) { return target.name == name; });
    return found == targets.end() ? nullptr : &*found;
}

const Filter* NotificationConfig::find_filter(std::string_view name) const {
    const auto found = std::find_if(filters.begin(), filters.end(),
                                    [name](const Filter& filter) { return filter.name == name; });
    return found == filters.end() ? nullptr : &*found;
}

ParsedNotifications parse_notifications(std::string_view text, std::string_view private_text) {
    const Document shared = Document::parse(std::string(notifications_file), text);
    const Document secret = Document::parse(std::string(private_notifications_file), private_text);
    return Reader(shared, &secret).read();
}

ParsedNotifications unreadable_notifications(std::string reason) {
    ParsedNotifications parsed;
    parsed.problems.push_back({std::string(notifications_file), 0, std::move(reason)});
    parsed.states.any_may_be_missing = true;
    return parsed;
}

std::vector<Problem> check_notifications(std::string_view text) {
    const Document shared = Document::parse(std::string(notifications_file), text);
    return Reader(shared, nullptr).read().problems;
}

std::vector<Problem> check_private_notifications(std::string_view private_text) {
    return Reader::check_secrets(
        Document::parse(std::string(private_notifications_file), private_text));
}

}  // namespace pmx::schema
