// Whether a matcher takes an event.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "notifier/model/event.h"
#include "notifier/plan/plan.h"
#include "schema/notifications.h"

namespace pmx::notifier {

// What `type`, `hostname`, `job-id` and the event's own fields say; nothing where it has none such.
std::optional<std::string> field_of(const Event& event, std::string_view name);

// A field that the event does not have matches nothing.
bool matches(const schema::FieldRule& rule, const Event& event);
bool matches(const schema::SeverityRule& rule, const Event& event);

// Says which rule decided. A matcher without rules takes everything, with invert-match too.
MatcherVerdict judge(const schema::Matcher& matcher, const Event& event,
                     schema::LocalTime event_time);

}  // namespace pmx::notifier
