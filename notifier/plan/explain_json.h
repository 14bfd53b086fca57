// A plan as `pmx-notify explain --json` prints it. No secret is in it.
#pragma once

#include <string>

#include "notifier/plan/plan.h"

namespace pmx::notifier {

// {"event": {...}, "send", "reason", "refused": null | {"path", "privilege"},
//  "deliveries": [{"target", "via", "deliver", "reason", "recipients", "skipped", "from"}],
//  "warnings": [...]}, in one line.
std::string explain_json(const Plan& plan, const Event& event);

}  // namespace pmx::notifier
