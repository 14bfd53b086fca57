#include "schema/notifications.h"

#include <algorithm>
#include <map>
#include <set>

#include "schema/notification_values.h"

namespace pmx::schema {

namespace {

constexpr std::size_t max_quiet_hours = 64;  // of one target
constexpr std::size_t max_patterns = 64;     // of the file: compiling one may take some 10 ms

bool has_pattern(const Property& property) {
    return property.key == "match-field" && property.value.starts_with("regex:");
}

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

// mail-to-root is built in, and a section that modifies it need not say whom it goes to.
const TypeRule* rule_of(const Section& section) {
    const TypeRule* rule = find_type(section.type);
    if (rule == nullptr || section.id != mail_to_root || rule->type != "sendmail") return rule;
    static const TypeRule modified = [rule] {
        TypeRule copy = *rule;
        copy.at_least_one_of.clear();
        return copy;
    }();
    return &modified;
}

// Whether a section of this type may have the name of something built in.
bool may_be_called(std::string_view id, std::string_view type) {
    if (id == mail_to_root) return type == "sendmail";
    return id != default_matcher || type == matcher_type;
}

// Reads the two files side by side. Without a document, the private file is not known.
class NotificationsReader {
  public:
    NotificationsReader(const Document& shared, const Document* secret)
        : shared_(shared), secret_(secret) {}

    ParsedNotifications read() {
        if (secret_ != nullptr) read_secrets(&shared_);
        parsed_.states.any_may_be_missing = shared_.sections_may_be_missing();
        for (const Section& section : shared_.sections())
            read_section(section);
        parsed_.values.matchers_may_be_missing =
            parsed_.states.any_may_be_missing || !parsed_.broken_matchers.empty();
        check_references();
        add_problems(shared_, shared_problems_);
        if (secret_ != nullptr) add_problems(*secret_, secret_problems_);
        return std::move(parsed_);
    }

    // The private file alone.
    static std::vector<Problem> check_secrets(const Document& secret) {
        const Document nothing = Document::parse("", "");
        NotificationsReader reader(nothing, &secret);
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
        const TypeRule* rule = rule_of(section);
        if (rule == nullptr) {
            shared_problems_.push_back(
                {shared_.file(), section.line, "unknown type '" + section.type + "'"});
            set_broken(section);
            return;
        }
        if (!is_section_id(section.id)) {
            states.any_may_be_missing = true;
            report(section.line, "the id must be 2 to 32 letters, digits, '.', '_', '-'");
        } else if (!may_be_called(section.id, section.type)) {
            report(section.line, section.id == mail_to_root
                                     ? "this name is that of the built-in target"
                                     : "this name is that of the built-in matcher");
        }
        if (has_too_many_patterns(section)) {
            report(section.line, "there are more than 64 regular expressions in the file");
            return set_broken(section);
        }
        const CheckedSection checked = check_section(*rule, section, FilePart::shared, report);
        if (checked.has_unknown) states.any_may_be_missing = true;
        const Secret* secret = find_secret(section, *rule, report);
        if (secret != nullptr && !secret->good) good = false;  // reported where it is
        check_named_secrets(checked.right, secret, report);
        check_quiet_hours(checked.right, report);
        note_references(*rule, section);
        if (good) {
            keep(section, checked.right, secret);
        } else {
            set_broken(section);
        }
    }

    bool has_too_many_patterns(const Section& section) {
        const auto count =
            std::count_if(section.properties.begin(), section.properties.end(), has_pattern);
        patterns_ += static_cast<std::size_t>(count);
        return count > 0 && patterns_ > max_patterns;
    }

    void set_broken(const Section& section) {
        parsed_.states.broken.insert(section.id);
        const bool may_be_matcher =
            section.type == matcher_type || find_type(section.type) == nullptr;
        if (may_be_matcher) parsed_.broken_matchers.insert(section.id);
    }

    const Secret* find_secret(const Section& section, const TypeRule& rule, const Report& report) {
        if (secret_ == nullptr || !has_secrets(rule)) return nullptr;
        const auto found = secrets_.find(section.id);
        if (found != secrets_.end() && found->second.section->type == section.type) {
            return &found->second;
        }
        for (const PropertyRule& property : rule.properties) {
            if (!property.secret || !property.required) continue;
            report(section.line,
                   "property '" + std::string(property.key) + "' is missing in " + secret_->file());
        }
        return nullptr;
    }

    // The secrets of a webhook: the shared file names them, the private one has their values.
    void check_named_secrets(const Properties& shared, const Secret* secret, const Report& report) {
        if (secret_ == nullptr) return;
        std::set<std::string, std::less<>> given;
        if (secret != nullptr) {
            for (const std::string& text : secret->properties.texts("secret"))
                given.insert(parse_named_value(text)->name);
        }
        for (const Property* property : shared.all("secret")) {
            const auto named = parse_named_value(property->value);
            if (given.contains(named->name)) continue;
            report(property->line,
                   "secret '" + named->name + "' has no value in " + secret_->file());
        }
    }

    static void check_quiet_hours(const Properties& shared, const Report& report) {
        QuietHours hours;
        for (const std::string& text : shared.texts("quiet-hours"))
            hours.ranges.push_back(CalendarRange::parse(text).value_or(CalendarRange{}));
        if (hours.ranges.size() > max_quiet_hours) {
            report(shared.all("quiet-hours").back()->line,
                   "property 'quiet-hours' is given more than 64 times");
        } else if (hours.seconds_until_end({}) == seconds_of_week) {
            report(shared.all("quiet-hours").front()->line,
                   "property 'quiet-hours' leaves no time for anything to be sent");
        }
    }

    void keep(const Section& section, const Properties& shared, const Secret* secret) {
        NotificationConfig& values = parsed_.values;
        if (section.type == filter_type) {
            values.filters.push_back(make_filter(section, shared));
        } else if (section.type == matcher_type) {
            values.matchers.push_back(make_matcher(section, shared));
        } else if (section.type == expect_type) {
            values.expectations.push_back(make_expectation(section, shared));
        } else {
            values.targets.push_back(make_target(
                section, shared, secret == nullptr ? Properties{} : secret->properties));
        }
        parsed_.states.good[section.id] = {
            shared_.section_text(section),
            secret == nullptr ? "" : secret_->section_text(*secret->section)};
    }

    void note_references(const TypeRule& rule, const Section& section) {
        for (const Property& property : section.properties) {
            if (rule.find(property.key) == nullptr || !is_section_id(property.value)) continue;
            if (property.key == "filter" || property.key == "endpoint" ||
                property.key == "target") {
                references_.push_back({&section, &property});
            }
        }
    }

    // They do not break a section: a target whose filter is gone is notified all the same, a group
    // goes to the members that are there.
    void check_references() {
        for (const auto& [from, property] : references_) {
            const std::string why = why_dangling(*property);
            if (why.empty()) continue;
            shared_problems_.push_back(
                {shared_.file(), property->line,
                 label(*from) + property->key + " '" + property->value + "' " + why});
        }
    }

    std::string why_dangling(const Property& property) const {
        if (property.key == "filter") return why_no_filter(property.value);
        if (property.key == "target") return why_no_target(property.value);
        return why_no_endpoint(property.value);
    }

    std::string why_no_filter(std::string_view name) const {
        const Section* section = shared_.find(name);
        if (section != nullptr && section->type == filter_type) return "";
        return "does not exist; the target is notified without it";
    }

    std::string why_no_target(std::string_view name) const {
        if (name == mail_to_root) return "";
        const Section* section = shared_.find(name);
        if (section == nullptr) return "does not exist";
        if (section->type == filter_type) return "is a filter, not a target";
        if (section->type == matcher_type) return "is a matcher, not a target";
        if (section->type == expect_type) return "is an expectation, not a target";
        return "";
    }

    std::string why_no_endpoint(std::string_view name) const {
        const Section* section = shared_.find(name);
        if (section != nullptr && section->type == group_type) {
            return "is a group; a group cannot be a member of a group";
        }
        return why_no_target(name);
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
    std::size_t patterns_ = 0;
    std::vector<Reference> references_;
    std::vector<Problem> shared_problems_;
    std::vector<Problem> secret_problems_;
    ParsedNotifications parsed_;
};

}  // namespace

namespace {

template <typename Item>
const Item* find_by_name(const std::vector<Item>& items, std::string_view name) {
    const auto found = std::find_if(items.begin(), items.end(),
                                    [name](const Item& item) { return item.name == name; });
    return found == items.end() ? nullptr : &*found;
}

}  // namespace

std::uint16_t SmtpTarget::port_to_use() const {
    constexpr std::uint16_t smtp = 25;
    constexpr std::uint16_t submission = 587;
    constexpr std::uint16_t submissions = 465;
    if (port) return *port;
    if (mode == SmtpMode::insecure) return smtp;
    return mode == SmtpMode::starttls ? submission : submissions;
}

const TargetGroup* as_group(const Target* target) {
    return target == nullptr ? nullptr : std::get_if<TargetGroup>(&target->settings);
}

std::string_view type_of(const Target& target) {
    struct Name {
        std::string_view operator()(const SendmailTarget& /**/) const { return "sendmail"; }
        std::string_view operator()(const SmtpTarget& /**/) const { return "smtp"; }
        std::string_view operator()(const GotifyTarget& /**/) const { return "gotify"; }
        std::string_view operator()(const WebhookTarget& /**/) const { return "webhook"; }
        std::string_view operator()(const TargetGroup& /**/) const { return group_type; }
    };
    return std::visit(Name{}, target.settings);
}

const Target* NotificationConfig::find_target(std::string_view name) const {
    return find_by_name(targets, name);
}

const Filter* NotificationConfig::find_filter(std::string_view name) const {
    return find_by_name(filters, name);
}

const Matcher* NotificationConfig::find_matcher(std::string_view name) const {
    return find_by_name(matchers, name);
}

ParsedNotifications parse_notifications(std::string_view text, std::string_view private_text) {
    const Document shared = Document::parse(std::string(notifications_file), text);
    const Document secret = Document::parse(std::string(private_notifications_file), private_text);
    return NotificationsReader(shared, &secret).read();
}

ParsedNotifications unreadable_notifications(std::string reason) {
    ParsedNotifications parsed;
    parsed.problems.push_back({std::string(notifications_file), 0, std::move(reason)});
    parsed.states.any_may_be_missing = true;
    parsed.values.matchers_may_be_missing = true;
    return parsed;
}

std::vector<Problem> check_notifications(std::string_view text) {
    const Document shared = Document::parse(std::string(notifications_file), text);
    return NotificationsReader(shared, nullptr).read().problems;
}

std::vector<Problem> check_private_notifications(std::string_view private_text) {
    return NotificationsReader::check_secrets(
        Document::parse(std::string(private_notifications_file), private_text));
}

}  // namespace pmx::schema
