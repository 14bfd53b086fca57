#include <nlohmann/json.hpp>

#include "base/json.h"

#include "notifier/template/template.h"

namespace pmx::notifier {

TemplateValue::TemplateValue() {
    static const nlohmann::json missing;
    json_ = std::shared_ptr<const nlohmann::json>(std::shared_ptr<void>(), &missing);
}

TemplateValue TemplateValue::reference(const nlohmann::json& value) {
    TemplateValue made;
    made.json_ = std::shared_ptr<const nlohmann::json>(std::shared_ptr<void>(), &value);
    return made;
}

TemplateValue TemplateValue::part(const nlohmann::json& inner) const {
    TemplateValue made;
    made.json_ = std::shared_ptr<const nlohmann::json>(json_, &inner);
    return made;
}

TemplateValue TemplateValue::own(nlohmann::json value) {
    TemplateValue made;
    made.json_ = std::make_shared<const nlohmann::json>(std::move(value));
    return made;
}

TemplateValue TemplateValue::markup(std::string text) {
    TemplateValue made = own(nlohmann::json(std::move(text)));
    made.markup_ = true;
    return made;
}

std::string template_text(const nlohmann::json& value) {
    if (value.is_null()) return {};
    if (value.is_string()) return value.get<std::string>();
    return compact_text(value);
}

}  // namespace pmx::notifier
