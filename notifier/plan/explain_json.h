// A plan as `pmx-notify explain --json` prints it. No secret is in it.
#pragma once

#include <string>

#include "notifier/plan/plan.h"

namespace pmx::notifier {

// {"event": {...}, "send", "reason", "refused": null | {"path", "privilege"},
//  "matchers": [{"matcher", "takes", "reason"}],
//  "deliveries": [{"target", "via", "matcher", "kind", "deliver", "reason", "recipients", "from",
//                  "skipped"}],
//  "warnings": [...]}, in one line. "kind" is sendmail, smtp, gotify, webhook or null.
std::string explain_json(const Plan& plan, const Event& event);

}  // namespace pmx::notifier
