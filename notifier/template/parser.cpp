#include <utility>

#include "notifier/template/expression.h"
#include "notifier/template/lexer.h"
#include "notifier/template/program.h"

namespace pmx::notifier {
namespace {

using NodeKind = TemplateNode::Kind;
using TokenKind = TemplateToken::Kind;

tl::unexpected<Error> bad(int line, const std::string& what) {
    return fail(Code::invalid_argument, "line " + std::to_string(line) + ": " + what);
}

// From tokens to a tree.
class TemplateParser {
  public:
    explicit TemplateParser(std::vector<TemplateToken> tokens) : tokens_(std::move(tokens)) {}

    Result<std::vector<TemplateNode>> run() {
        auto nodes = several(0);
        if (!nodes) return nodes;
        if (at_ == tokens_.size()) return nodes;
        const TemplateToken& token = tokens_[at_];
        return bad(token.line, token.kind == TokenKind::close ? "a block is closed that is not open"
                                                              : "{{else}} stands outside a block");
    }

  private:
    // Up to the end, or a tag that ends or divides a block.
    Result<std::vector<TemplateNode>> several(std::size_t depth) {
        std::vector<TemplateNode> nodes;
        for (; at_ < tokens_.size(); ++at_) {
            const TemplateToken& token = tokens_[at_];
            if (token.kind == TokenKind::comment) continue;
            if (token.kind == TokenKind::close || token.kind == TokenKind::otherwise) break;
            auto node = one(token, depth);
            if (!node) return fail(node.error());
            nodes.push_back(std::move(*node));
        }
        return nodes;
    }

    Result<TemplateNode> one(const TemplateToken& token, std::size_t depth) {
        if (token.kind == TokenKind::open || token.kind == TokenKind::inverse)
            return block(token, depth);
        TemplateNode node;
        node.line = token.line;
        if (token.kind == TokenKind::text) {
            node.text = token.text;
            return node;
        }
        node.kind = NodeKind::value;
        node.raw = token.kind == TokenKind::raw;
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
        static const std::pair<std::string_view, NodeKind> kinds[] = {{"if", NodeKind::when},
                                                                      {"unless", NodeKind::unless},
                                                                      {"each", NodeKind::each},
                                                                      {"with", NodeKind::with}};
        const std::string name = text.substr(0, text.find_first_of(" \t\r\n"));
        node.kind = NodeKind::section;
        for (const auto& [word, kind] : kinds) {
            if (name == word) node.kind = kind;
        }
        const std::size_t wanted = node.kind == NodeKind::section ? 1 : 2;
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
        if (token.kind == TokenKind::inverse) std::swap(node.body, node.otherwise);
        return node;
    }

    // Body and {{else}}; stops at what closes the block.
    Result<void> fill(TemplateNode& node, std::size_t depth) {
        if (depth > max_template_nesting) return bad(node.line, "blocks nest too deep");
        auto body = several(depth);
        if (!body) return fail(body.error());
        node.body = std::move(*body);
        if (at_ == tokens_.size() || tokens_[at_].kind == TokenKind::close) return {};
        const TemplateToken& divider = tokens_[at_++];
        if (!divider.text.empty()) return chain(node, divider, depth);
        auto otherwise = several(depth);
        if (!otherwise) return fail(otherwise.error());
        node.otherwise = std::move(*otherwise);
        if (at_ < tokens_.size() && tokens_[at_].kind == TokenKind::otherwise) {
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
    auto nodes = TemplateParser(std::move(*tokens)).run();
    if (!nodes) return fail(nodes.error());
    Template parsed;
    parsed.program_ = std::make_shared<const Program>(Program{std::move(*nodes)});
    return parsed;
}

}  // namespace pmx::notifier
