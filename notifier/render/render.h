// Title, text and HTML of the four known events from their structured data (DATA.md).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "notifier/model/event.h"

namespace pmx::notifier {

struct Rendered {
    Severity severity = Severity::info;
    std::string title;
    std::string text;
    std::string html;
    std::map<std::string, std::string> fields;
};

bool is_known_type(std::string_view type);
Severity default_severity(std::string_view type);

// `data` is JSON text; `overrides` win over its members. Code::invalid_argument with the member
// that is wrong. Only for known types.
Result<Rendered> render(std::string_view type, std::string_view data,
                        const std::map<std::string, std::string>& overrides,
                        const std::string& node);

// Name and available version of each package of a package-updates event; empty where there is none.
std::vector<std::pair<std::string, std::string>> packages_of(std::string_view data);

// `data` of a type without a meaning of its own: it need only be an object.
Result<void> check_object(std::string_view data);

}  // namespace pmx::notifier
