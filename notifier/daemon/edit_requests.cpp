#include "notifier/daemon/edit_requests.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/log.h"
#include "notifier/plan/permissions.h"
#include "schema/edit_notifications.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;
using schema::NotificationTexts;
using schema::SectionChange;

constexpr std::size_t max_values = 1000;

tl::unexpected<Error> bad(const std::string& why) {
    return fail(Code::invalid_argument, why);
}

Result<std::string> text_member(const json& request, const char* name) {
    const auto found = request.find(name);
    if (found == request.end() || found->is_null()) return std::string();
    if (!found->is_string()) return bad(std::string("'") + name + "' is not a string");
    return found->get<std::string>();
}

// An array with at most max_values entries; empty where it is missing.
Result<json> array_member(const json& request, const char* name) {
    const auto found = request.find(name);
    if (found == request.end() || found->is_null()) return json::array();
    if (!found->is_array() || found->size() > max_values) {
        return bad(std::string("'") + name + "' is not an array of at most 1000 entries");
    }
    return *found;
}

Result<SectionChange> parse_change(const json& request) {
    SectionChange change;
    for (const auto& [name, into] :
         {std::pair{"kind", &change.noun}, std::pair{"type", &change.type},
          std::pair{"name", &change.name}}) {
        auto text = text_member(request, name);
        if (!text) return fail(text.error());
        *into = std::move(*text);
    }
    const auto set = array_member(request, "set");
    if (!set) return fail(set.error());
    for (const json& pair : *set) {
        if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string()) {
            return bad("'set' is not an array of pairs of strings");
        }
        change.set.emplace_back(pair[0].get<std::string>(), pair[1].get<std::string>());
    }
    const auto removed = array_member(request, "delete");
    if (!removed) return fail(removed.error());
    for (const json& property : *removed) {
        if (!property.is_string()) return bad("'delete' is not an array of strings");
        change.remove.push_back(property.get<std::string>());
    }
    return change;
}

Result<NotificationTexts> changed(const std::string& action, const SectionChange& change,
                                  const NotificationTexts& before, const EditFiles& files) {
    if (action == "add") return schema::add_notification_section(before, change);
    if (action == "set") return schema::change_notification_section(before, change);
    if (action != "remove") return bad("an edit is 'add', 'set' or 'remove'");
    const auto datacenter = files.read_other(schema::datacenter_file);
    if (!datacenter) return fail(datacenter.error());
    const auto jobs = files.read_other(schema::jobs_file);
    if (!jobs) return fail(jobs.error());
    return schema::remove_notification_section(before, change.noun, change.name, *datacenter,
                                               *jobs);
}

json shown_json(const schema::ShownSection& section) {
    json properties = json::array();
    for (const auto& [key, value] : section.properties)
        properties.push_back({key, value});
    return {{"type", section.type},
            {"name", section.name},
            {"properties", properties},
            {"secrets", section.secrets}};
}

}  // namespace

Result<std::string> EditRequests::edit(const json& request, const Identity& identity,
                                       std::int64_t now_s) {
    const auto action = text_member(request, "action");
    const auto digest = text_member(request, "digest");
    const auto change = parse_change(request);
    if (!action) return fail(action.error());
    if (!digest) return fail(digest.error());
    if (!change) return fail(change.error());
    const auto loaded = config_.current();
    if (const auto refused = may_change_configuration(loaded->configuration.users, identity.caller,
                                                      change->name, now_s)) {
        return fail(Code::access_denied, to_string(*refused, identity.caller));
    }
    const std::lock_guard lock(mutex_);
    const auto before = files_.read();
    if (!before) return fail(before.error());
    if (!digest->empty()) {
        if (auto same = schema::check_digest(before->shared, *digest); !same) {
            return fail(same.error());
        }
    }
    const auto after = changed(*action, *change, *before, files_);
    if (!after) return fail(after.error());
    if (auto replaced = files_.replace(*before, *after); !replaced) return fail(replaced.error());
    config_.current();  // what was removed is forgotten, whatever becomes of the files next
    log::notice(schema::to_string(identity.caller) + ": " + *action + " " + change->noun + " '" +
                change->name + "'");
    return json{{"digest", schema::file_digest(after->shared)}}.dump();
}

Result<std::string> EditRequests::show(const json& request, const Identity& identity,
                                       std::int64_t now_s) {
    const auto noun = text_member(request, "kind");
    if (!noun) return fail(noun.error());
    const auto name = text_member(request, "name");
    if (!name) return fail(name.error());
    if (const auto types = schema::types_of_noun(*noun); !types) return fail(types.error());
    const auto loaded = config_.current();
    const auto refused = [&](const std::string& section) {
        return may_read_configuration(loaded->configuration.users, identity.caller, section, now_s);
    };
    if (!name->empty()) {
        if (const auto why = refused(*name)) {
            return fail(Code::access_denied, to_string(*why, identity.caller));
        }
    }
    const auto texts = files_.read();
    if (!texts) return fail(texts.error());
    json sections = json::array();
    for (const auto& section : schema::show_notification_sections(*texts, *noun)) {
        if (!name->empty() && section.name != *name) continue;
        if (!refused(section.name)) sections.push_back(shown_json(section));
    }
    if (!name->empty() && sections.empty()) {
        return fail(Code::not_found, "there is no " + *noun + " '" + *name + "'");
    }
    // Whoever may see nothing is told so, not that there is nothing.
    if (sections.empty()) {
        if (const auto why = refused("")) {
            return fail(Code::access_denied, to_string(*why, identity.caller));
        }
    }
    const json answer = {{"digest", schema::file_digest(texts->shared)},
                         {"sections", std::move(sections)}};
    return compact_text(answer);
}

}  // namespace pmx::notifier
