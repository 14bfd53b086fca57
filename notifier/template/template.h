// A subset of Handlebars, for texts that an administrator writes. LANGUAGE.md says which.
//
// A template comes from a file or a configuration, its data from whoever sent an event: both are
// hostile. Nesting, size and work are bounded, and nothing outside the data can be reached.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace pmx::notifier {

constexpr std::size_t max_template_bytes = 256U << 10;
constexpr std::size_t max_template_nesting = 32;      // of blocks in blocks
constexpr std::size_t max_expression_nesting = 8;     // of (helpers in (helpers))
constexpr std::size_t max_template_steps = 1 << 19;   // nodes and expressions worked off
constexpr std::size_t max_template_work = 64U << 20;  // bytes that helpers read and make

// What an expression is worth: something in the data, or made by a helper.
class TemplateValue {
  public:
    TemplateValue();  // missing
    // Of what outlives the rendering.
    static TemplateValue reference(const nlohmann::json& json);
    static TemplateValue own(nlohmann::json json);
    // Something within this one, which keeps the whole.
    [[nodiscard]] TemplateValue part(const nlohmann::json& inner) const;
    // Text that is not to be escaped: its maker has done so.
    static TemplateValue markup(std::string text);

    [[nodiscard]] const nlohmann::json& json() const { return *json_; }  // null where missing
    [[nodiscard]] bool is_markup() const { return markup_; }

  private:
    std::shared_ptr<const nlohmann::json> json_;
    bool markup_ = false;
};

// The error is what is wrong with the arguments; it must not quote their values.
using TemplateHelper = Result<TemplateValue> (*)(std::span<const TemplateValue> arguments);
using TemplateHelpers = std::map<std::string, TemplateHelper, std::less<>>;

struct TemplateSettings {
    const TemplateHelpers& helpers;                          // beside those of the language itself
    std::string (*escape)(std::string_view text) = nullptr;  // of {{ }}, not of {{{ }}}
    std::size_t max_output_bytes = 1U << 20;
};

class Template {
  public:
    // Code::invalid_argument, with the line.
    static Result<Template> parse(std::string_view text);
    // The same. `data` is an object, and does not nest deeper than a few dozen levels.
    [[nodiscard]] Result<std::string> render(const nlohmann::json& data,
                                             const TemplateSettings& settings) const;

    struct Program;

  private:
    std::shared_ptr<const Program> program_;
};

// As {{ }} prints it: a string without quotes, nothing for null, JSON for objects and arrays.
std::string template_text(const nlohmann::json& value);

}  // namespace pmx::notifier
