// What stands within a tag: paths, literals, and helpers with their arguments.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "notifier/template/program.h"

namespace pmx::notifier {

// The words of a tag, one after the other: `each guest-table.data` are two paths. The error has no
// line.
Result<std::vector<TemplateExpression>> parse_expressions(std::string_view text);

// A helper's name and its arguments.
Result<TemplateExpression> call_expression(std::vector<TemplateExpression> words);

}  // namespace pmx::notifier
