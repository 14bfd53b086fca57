// What is in force while a section is broken: its last good version.
#include <algorithm>

#include "schema/notifications.h"

namespace pmx::schema {

namespace {

template <typename Item>
void add_from_before(std::vector<Item>& items, std::vector<Item>& before) {
    for (Item& item : before) {
        item.line = 0;
        items.push_back(std::move(item));
    }
}

}  // namespace

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
        add_from_before(result.values.targets, before.values.targets);
        add_from_before(result.values.filters, before.values.filters);
        add_from_before(result.values.matchers, before.values.matchers);
        add_from_before(result.values.expectations, before.values.expectations);
        ++section;
    }
    result.values.matchers_may_be_missing =
        parsed.states.any_may_be_missing ||
        std::any_of(parsed.broken_matchers.begin(), parsed.broken_matchers.end(),
                    [&](const std::string& id) { return !result.good.contains(id); });
    return result;
}

}  // namespace pmx::schema
