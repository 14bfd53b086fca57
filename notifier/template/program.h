// A template that was read: what the parser makes and the renderer works off.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "notifier/template/template.h"

namespace pmx::notifier {

struct TemplatePath {
    bool is_local = false;           // @index, @key, @first, @last, @root
    std::size_t up = 0;              // how many ../
    std::vector<std::string> names;  // none: the context itself
};

struct TemplateExpression {
    enum class Kind : std::uint8_t { literal, path, call };
    Kind kind = Kind::literal;
    nlohmann::json literal;
    TemplatePath path;
    std::string helper;
    std::vector<TemplateExpression> arguments;
};

struct TemplateNode {
    enum class Kind : std::uint8_t { text, value, when, unless, each, with, section };
    Kind kind = Kind::text;
    int line = 0;
    bool raw = false;                     // of a value: not escaped
    std::string text;                     // of a text
    TemplateExpression expression;        // of the others
    std::vector<TemplateNode> body;       // of a block
    std::vector<TemplateNode> otherwise;  // after its {{else}}
};

struct Template::Program {
    std::vector<TemplateNode> nodes;
};

}  // namespace pmx::notifier
