// The helpers that a template has in notifications, beside those of the language itself.
//
// human-bytes, duration, timestamp and relative-percentage of numbers; table, object, heading-1,
// heading-2, verbatim and verbatim-monospaced make text or HTML; url-encode, escape and json are
// for what is sent to a program.
#pragma once

#include <string>
#include <string_view>

#include "notifier/template/template.h"

namespace pmx::notifier {

const TemplateHelpers& text_helpers();
const TemplateHelpers& html_helpers();

// Everything but letters, digits and -_.~ as %XX.
std::string url_encoded(std::string_view text);
// As it may stand between the quotes of a JSON string.
std::string json_escaped(std::string_view text);

}  // namespace pmx::notifier
