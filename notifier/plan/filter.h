// Whether a filter lets an event pass.
#pragma once

#include <string>

#include "notifier/model/event.h"
#include "schema/notifications.h"

namespace pmx::notifier {

bool passes(const schema::Filter& filter, Severity severity);

// "filter 'urgent' passes: error >= warning"
std::string explain(const schema::Filter& filter, Severity severity);

}  // namespace pmx::notifier
