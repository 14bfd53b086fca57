#include "notifier/template/expression.h"

#include <algorithm>
#include <iterator>
#include <optional>

namespace pmx::notifier {
namespace {

using ExpressionKind = TemplateExpression::Kind;
using nlohmann::json;

constexpr std::string_view not_in_names = " \t\r\n!\"#%&'()*+,./;<=>@[\\]^`{|}~";

bool is_name_character(char c) {
    return not_in_names.find(c) == std::string_view::npos;
}

tl::unexpected<Error> bad(const std::string& what) {
    return fail(Code::invalid_argument, what);
}

// A character of the template, which may be anything, in a message.
std::string shown(char c) {
    return c > ' ' && c <= '~' ? std::string("'") + c + "'" : "a character";
}

class ExpressionParser {
  public:
    explicit ExpressionParser(std::string_view text) : rest_(text) {}

    Result<std::vector<TemplateExpression>> run() {
        auto all = several(0);
        if (all && !rest_.empty()) return bad("unexpected " + shown(rest_.front()));
        return all;
    }

  private:
    void skip_blanks() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    }

    // Up to the end or a closing parenthesis.
    Result<std::vector<TemplateExpression>> several(std::size_t depth) {
        std::vector<TemplateExpression> all;
        for (skip_blanks(); !rest_.empty() && rest_.front() != ')'; skip_blanks()) {
            auto one = expression(depth);
            if (!one) return fail(one.error());
            all.push_back(std::move(*one));
            if (rest_.starts_with('=')) return bad("named arguments are not supported");
        }
        return all;
    }

    Result<TemplateExpression> expression(std::size_t depth) {
        const char c = rest_.front();
        if (c == '"' || c == '\'') return text_literal();
        if (c == '(') return call(depth + 1);
        if ((c >= '0' && c <= '9') || c == '-') {
            if (auto number = number_literal()) return std::move(*number);
        }
        return path();
    }

    Result<TemplateExpression> text_literal() {
        const char quote = rest_.front();
        std::string text;
        for (std::size_t at = 1; at < rest_.size(); ++at) {
            if (rest_[at] == quote) {
                rest_.remove_prefix(at + 1);
                return literal(json(text));
            }
            if (rest_[at] == '\\' && at + 1 < rest_.size() && rest_[at + 1] == quote) ++at;
            text += rest_[at];
        }
        return bad("a text has no closing quote");
    }

    // Nothing where it is a name that begins like a number, as `7zip`.
    std::optional<TemplateExpression> number_literal() {
        const auto end = static_cast<std::size_t>(
            std::find_if_not(rest_.begin(), rest_.end(),
                             [](char c) { return is_name_character(c) || c == '.'; }) -
            rest_.begin());
        const json number = json::parse(rest_.substr(0, end), nullptr, false);
        if (!number.is_number()) return std::nullopt;
        rest_.remove_prefix(end);
        return literal(number);
    }

    static TemplateExpression literal(json value) {
        TemplateExpression expression;
        expression.literal = std::move(value);
        return expression;
    }

    Result<TemplateExpression> call(std::size_t depth) {
        if (depth > max_expression_nesting) return bad("too many '(' within each other");
        rest_.remove_prefix(1);
        auto words = several(depth);
        if (!words) return fail(words.error());
        if (!rest_.starts_with(')')) return bad("'(' has no ')'");
        rest_.remove_prefix(1);
        return call_expression(std::move(*words));
    }

    Result<TemplateExpression> path() {
        TemplateExpression expression;
        expression.kind = ExpressionKind::path;
        TemplatePath& path = expression.path;
        if (rest_.starts_with('@')) {
            path.is_local = true;
            rest_.remove_prefix(1);
        }
        const std::string_view begin = rest_;
        for (bool first = true;; first = false) {
            auto more = segment(path, first);
            if (!more) return fail(more.error());
            if (!*more) break;
        }
        const std::string_view word =
            begin.substr(0, static_cast<std::size_t>(rest_.data() - begin.data()));
        if (path.is_local && path.names.empty()) return bad("'@' has no name");
        if (path.is_local) return expression;
        if (word == "true" || word == "false") return literal(json(word == "true"));
        if (word == "null" || word == "undefined") return literal(json());
        return expression;
    }

    // One name of a path; false after the last.
    Result<bool> segment(TemplatePath& path, bool first) {
        if (rest_.starts_with("..")) {
            if (!path.names.empty()) return bad("'..' stands after a name");
            rest_.remove_prefix(2);
            ++path.up;
        } else if (rest_.starts_with('[')) {
            const std::size_t end = rest_.find(']');
            if (end == std::string_view::npos) return bad("'[' has no ']'");
            path.names.emplace_back(rest_.substr(1, end - 1));
            rest_.remove_prefix(end + 1);
        } else if (first && rest_.starts_with('.')) {
            rest_.remove_prefix(1);
        } else {
            const auto end = static_cast<std::size_t>(
                std::find_if_not(rest_.begin(), rest_.end(), is_name_character) - rest_.begin());
            if (end == 0) {
                return bad(rest_.empty() ? std::string("a name is missing")
                                         : "unexpected " + shown(rest_.front()));
            }
            const std::string_view name = rest_.substr(0, end);
            if (name != "this" || !path.names.empty() || path.is_local) {
                path.names.emplace_back(name);
            }
            rest_.remove_prefix(end);
        }
        if (!rest_.starts_with('.') && !rest_.starts_with('/')) return false;
        rest_.remove_prefix(1);
        return true;
    }

    std::string_view rest_;
};

}  // namespace

Result<std::vector<TemplateExpression>> parse_expressions(std::string_view text) {
    return ExpressionParser(text).run();
}

Result<TemplateExpression> call_expression(std::vector<TemplateExpression> words) {
    if (words.empty()) return bad("'()' calls nothing");
    const TemplateExpression& first = words.front();
    const bool is_name = first.kind == ExpressionKind::path && !first.path.is_local &&
                         first.path.up == 0 && first.path.names.size() == 1;
    if (!is_name) return bad("what takes arguments is not the name of a helper");
    TemplateExpression call;
    call.kind = ExpressionKind::call;
    call.helper = first.path.names.front();
    call.arguments.assign(std::make_move_iterator(words.begin() + 1),
                          std::make_move_iterator(words.end()));
    return call;
}

}  // namespace pmx::notifier
