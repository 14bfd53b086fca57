// The helpers of the language itself: eq, ne, lt, le... and what they and {{#if}} hold for true.
#pragma once

#include "notifier/template/template.h"

namespace pmx::notifier {

const TemplateHelpers& builtin_helpers();

// False are null, false, 0, "" and the empty array.
bool is_true(const nlohmann::json& value);

}  // namespace pmx::notifier
