// Texts of an event by templates of the administrator's, instead of ours.
//
// TEMPLATES.md says what files there may be, and what a template is given.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "notifier/model/event.h"
#include "notifier/render/event_request.h"
#include "notifier/template/template.h"

namespace pmx::notifier {

// In the configuration's directory.
inline constexpr std::string_view templates_folder = "notification-templates/default";

// The templates of one type of events; what is missing is as ours.
struct TemplateTexts {
    std::optional<Template> subject;
    std::optional<Template> text;
    std::optional<Template> html;
};

using TemplateOverrides = std::map<std::string, TemplateTexts>;  // by type

struct TemplateFailure {
    std::string file;  // its name in the folder
    std::string reason;
};

// "vzdump-body.txt.hbs" is the place of the text of `vzdump`; null where a file has no such name.
std::optional<Template>* template_place(TemplateOverrides& overrides, std::string_view file);

// What of `event`, made from `request`, has a template; where one fails, ours stays. A title and a
// body that the sender gave win over the templates of the types that have texts of their own; of
// other types they are what the templates are given.
std::vector<TemplateFailure> override_texts(const TemplateOverrides& overrides,
                                            const EventRequest& request, Event& event);

}  // namespace pmx::notifier
