#include <utility>

#include "notifier/template/expression.h"
#include "notifier/template/lexer.h"
#include "notifier/template/program.h"

namespace pmx::notifier {
namespace {

using Kind = TemplateNode::Kind;
using Token = TemplateToken::Kind;

tl::unexpected<Error> bad(int line, const std::string& what) {
    return fail(Code::invalid_argument, "line " + std::to_string(line) + ": " + what);
}

// From tokens to a tree.
class Parser {
  public:
    explicit Parser(std::vector<TemplateToken> tokens) : tokens_(std::move(tokens)) {}

    Result<std::vector<TemplateNode>> run() {
        auto nodes = several(0);
        if (!nodes) return nodes;
        if (at_ == tokens_.size()) return nodes;
        const TemplateToken& token = tokens_[at_];
        return bad(token.line, token.kind == Token::close ? "a block is closed that is not open"
                                                          : "{{else}} stands outside a block");
    }

  private:
    // Up to the end, or a tag that ends or divides a block.
    Result<std::vector<TemplateNode>> several(std::size_t depth) {
        std::vector<TemplateNode> nodes;
        for (; at_ < tokens_.size(); ++at_) {
            const TemplateToken& token = tokens_[at_];
            if (token.kind == Token::comment) continue;
            if (token.kind == Token::close || token.kind == Token::otherwise) break;
            auto node = one(token, depth);
            if (!node) return fail(node.error());
            nodes.push_back(std::move(*node));
        }
        return nodes;
    }

    Result<TemplateNode> one(const TemplateToken& token, std::size_t depth) {
        if (token.kind == Token::open || token.kind == Token::inverse) return block(token, depth);
        TemplateNode node;
        node.line = token.line;
        if (token.kind == Token::text) {
            node.text = token.text;
            return node;
        }
        node.kind = Kind::value;
        node.raw = token.kind == Token::raw;
        auto words = parse_expressions(token.text);
        if (!words) return bad(token.line, words.error().message());
        if (words->empty()) return bad(token.line, "a tag is empty");
        auto expression = words->size() == 1 ? Result<TemplateExpression>(std::move(words->front()))
                                             : call_expression(std::move(*words));
        if (!expression) return bad(token.line, expression.error().message());
        node.expression = std::move(*expression);
        return node;
    }

    // What opens a block: its kind and its argument. Gives back its name, which closes it.
    static Result<std::string> open(const std::string& text, TemplateNode& node) {
        auto words = parse_expressions(text);
        if (!words) return bad(node.line, words.error().message());
        if (words->empty()) return bad(node.line, "a block has no name");
        const TemplateExpression& first = words->front();
        if (first.kind != TemplateExpression::Kind::path) {
            return bad(node.line, "a block has no name");
        }
        static const std::pair<std::string_view, Kind> kinds[] = {{"if", Kind::when},
                                                                  {"unless", Kind::unless},
                                                                  {"each", Kind::each},
                                                                  {"with", Kind::with}};
        const std::string name = text.substr(0, text.find_first_of(" \t\r\n"));
        node.kind = Kind::section;
        for (const auto& [word, kind] : kinds) {
            if (name == word) node.kind = kind;
        }
        const std::size_t wanted = node.kind == Kind::section ? 1 : 2;
        if (words->size() != wanted) {
            return bad(node.line, wanted == 2 ? "{{#" + name + "}} takes one argument"
                                              : "there is no block helper of that name");
        }
        node.expression = std::move(words->back());
        return name;
    }

    Result<TemplateNode> block(const TemplateToken& token, std::size_t depth) {
        TemplateNode node;
        node.line = token.line;
        auto name = open(token.text, node);
        if (!name) return fail(name.error());
        ++at_;
        if (auto filled = fill(node, depth + 1); !filled) return fail(filled.error());
        if (at_ == tokens_.size()) return bad(node.line, "a block is not closed");
        if (tokens_[at_].text != *name) {
            return bad(tokens_[at_].line, "a block of line " + std::to_string(node.line) +
                                              " is closed by another name");
        }
        if (token.kind == Token::inverse) std::swap(node.body, node.otherwise);
        return node;
    }

    // Body and {{else}}; stops at what closes the block.
    Result<void> fill(TemplateNode& node, std::size_t depth) {
        if (depth > max_template_nesting) return bad(node.line, "blocks nest too deep");
        auto body = several(depth);
        if (!body) return fail(body.error());
        node.body = std::move(*body);
        if (at_ == tokens_.size() || tokens_[at_].kind == Token::close) return {};
        const TemplateToken& divider = tokens_[at_++];
        if (!divider.text.empty()) return chain(node, divider, depth);
        auto otherwise = several(depth);
        if (!otherwise) return fail(otherwise.error());
        node.otherwise = std::move(*otherwise);
        if (at_ < tokens_.size() && tokens_[at_].kind == Token::otherwise) {
            return bad(tokens_[at_].line, "a second {{else}}");
        }
        return {};
    }

    // {{else if ...}}: a block in the {{else}}, closed with the block around it.
    Result<void> chain(TemplateNode& node, const TemplateToken& divider, std::size_t depth) {
        TemplateNode inner;
        inner.line = divider.line;
        auto name = open(divider.text, inner);
        if (!name) return fail(name.error());
        if (auto filled = fill(inner, depth + 1); !filled) return filled;
        node.otherwise.push_back(std::move(inner));
        return {};
    }

    const std::vector<TemplateToken> tokens_;
    std::size_t at_ = 0;
};

}  // namespace

Result<Template> Template::parse(std::string_view text) {
    if (text.size() > max_template_bytes) {
        return fail(Code::invalid_argument, "a template has at most 256 KiB");
    }
    auto tokens = template_tokens(text);
    if (!tokens) return fail(tokens.error());
    auto nodes = Parser(std::move(*tokens)).run();
    if (!nodes) return fail(nodes.error());
    Template parsed;
    parsed.program_ = std::make_shared<const Program>(Program{std::move(*nodes)});
    return parsed;
}

}  // namespace pmx::notifier
