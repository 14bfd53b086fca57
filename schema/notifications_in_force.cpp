// What is in force while a section is broken: its last good version.
#include "schema/notifications.h"

namespace pmx::schema {

NotificationsInForce in_force(const ParsedNotifications& parsed, const GoodSections& last_good) {
    NotificationsInForce result{parsed.values, merge_last_good(parsed.states, last_good), {}};
    for (auto section = result.good.begin(); section != result.good.end();) {
        const auto& [id, texts] = *section;
        if (parsed.states.good.contains(id)) {
            ++section;
            continue;
        }
        ParsedNotifications before = parse_notifications(texts.text, texts.private_text);
        if (before.states.good.size() != 1 || !before.states.good.contains(id)) {
            section = result.good.erase(section);  // what was kept is damaged
            continue;
        }
        result.from_before.push_back(id);
        for (Target& target : before.values.targets) {
            target.line = 0;
            result.values.targets.push_back(std::move(target));
        }
        for (Filter& filter : before.values.filters) {
            filter.line = 0;
            result.values.filters.push_back(std::move(filter));
        }
        ++section;
    }
    return result;
}

}  // namespace pmx::schema
