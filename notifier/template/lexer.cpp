#include "notifier/template/lexer.h"

#include <algorithm>

namespace pmx::notifier {
namespace {

using TokenKind = TemplateToken::Kind;

constexpr std::string_view blanks = " \t";
constexpr std::string_view white_space = " \t\r\n";

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(white_space);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(white_space) - begin + 1);
}

// Where `close` is in `text`, not counting what is in string literals.
std::size_t end_of_tag(std::string_view text, std::string_view close) {
    char quote = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (quote != 0) {
            if (c == '\\') {
                ++at;
            } else if (c == quote) {
                quote = 0;
            }
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (text.substr(at).starts_with(close)) {
            return at;
        }
    }
    return std::string_view::npos;
}

bool is_else(std::string_view inside) {
    return inside == "else" ||
           (inside.starts_with("else") && white_space.find(inside[4]) != std::string_view::npos);
}

class Lexer {
  public:
    explicit Lexer(std::string_view text) : rest_(text) {}

    Result<std::vector<TemplateToken>> run() {
        while (!rest_.empty()) {
            const std::size_t brace = rest_.find("{{");
            take_text(std::min(brace, rest_.size()));
            if (rest_.empty()) break;
            if (is_escaped()) {
                text_ += "{{";
                rest_.remove_prefix(2);
                continue;
            }
            flush();
            if (auto taken = take_tag(); !taken) return fail(taken.error());
        }
        flush();
        return std::move(tokens_);
    }

  private:
    void take_text(std::size_t size) {
        text_ += rest_.substr(0, size);
        rest_.remove_prefix(size);
    }

    void count_lines(std::string_view text) {
        line_ += static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    }

    // "\{{" is a text; "\\{{" is a backslash and a tag.
    bool is_escaped() {
        if (!text_.ends_with('\\')) return false;
        text_.pop_back();
        return !text_.ends_with('\\');
    }

    void flush() {
        if (text_.empty()) return;
        TemplateToken token;
        token.line = line_;
        token.text = text_;
        tokens_.push_back(std::move(token));
        count_lines(text_);
        text_.clear();
    }

    [[nodiscard]] tl::unexpected<Error> bad(const std::string& what) const {
        return fail(Code::invalid_argument, "line " + std::to_string(line_) + ": " + what);
    }

    // "{{! ends here }}" and "{{!-- may have }} in it --}}".
    Result<void> take_comment(std::string_view inside, TemplateToken& token) {
        token.kind = TokenKind::comment;
        const bool is_long = inside.starts_with("!--");
        const std::string_view close = is_long ? "--" : "";
        for (std::size_t at = 1; at < inside.size(); ++at) {
            if (!inside.substr(at).starts_with(close)) continue;
            const std::string_view after = inside.substr(at + close.size());
            token.trim_after = after.starts_with("~}}");
            if (!token.trim_after && !after.starts_with("}}")) continue;
            advance_to(after.data() + (token.trim_after ? 3 : 2));
            return {};
        }
        return bad("a comment has no end");
    }

    void advance_to(const char* position) {
        const auto size = static_cast<std::size_t>(position - rest_.data());
        count_lines(rest_.substr(0, size));
        rest_.remove_prefix(size);
    }

    Result<void> take_tag() {
        TemplateToken token;
        token.line = line_;
        std::string_view inside = rest_.substr(2);
        if (inside.starts_with('~')) {
            token.trim_before = true;
            inside.remove_prefix(1);
        }
        if (inside.starts_with('!')) {
            if (auto taken = take_comment(inside, token); !taken) return taken;
            tokens_.push_back(std::move(token));
            return {};
        }
        const bool triple = inside.starts_with('{');
        if (triple) inside.remove_prefix(1);
        const std::size_t end = end_of_tag(inside, triple ? "}" : "}}");
        if (end == std::string_view::npos) return bad("a tag has no end");
        std::string_view after = inside.substr(end + (triple ? 1 : 0));
        inside = inside.substr(0, end);
        token.trim_after = triple ? after.starts_with('~') : inside.ends_with('~');
        if (token.trim_after && triple) after.remove_prefix(1);
        if (token.trim_after && !triple) inside.remove_suffix(1);
        if (!after.starts_with("}}")) return bad("a tag has no end");
        auto kind = kind_of(inside, triple);
        if (!kind) return fail(kind.error());
        token.kind = *kind;
        token.text = trimmed(inside);
        tokens_.push_back(std::move(token));
        advance_to(after.data() + 2);
        return {};
    }

    // Takes the sign of the kind away.
    Result<TokenKind> kind_of(std::string_view& inside, bool triple) {
        inside = trimmed(inside);
        if (inside.empty()) return bad("a tag is empty");
        if (inside.starts_with('{')) return bad("raw blocks are not supported");
        if (triple) return TokenKind::raw;
        if (is_else(inside)) {
            inside.remove_prefix(4);
            return TokenKind::otherwise;
        }
        if (inside == "^") {
            inside = {};
            return TokenKind::otherwise;
        }
        constexpr std::string_view signs = "&#^/";
        constexpr TokenKind kinds[] = {TokenKind::raw, TokenKind::open, TokenKind::inverse,
                                       TokenKind::close};
        const std::size_t sign = signs.find(inside.front());
        if (inside.front() == '>') return bad("partials are not supported");
        if (sign == std::string_view::npos) return TokenKind::value;
        inside.remove_prefix(1);
        if (inside.starts_with('>') || inside.starts_with('*')) {
            return bad("partials and decorators are not supported");
        }
        return kinds[sign];
    }

    std::string_view rest_;
    std::string text_;  // not yet a token
    int line_ = 1;
    std::vector<TemplateToken> tokens_;
};

bool prints(TokenKind kind) {
    return kind == TokenKind::value || kind == TokenKind::raw;
}

// A tag that prints nothing and is alone on its line takes the line with it.
bool is_alone(const std::vector<TemplateToken>& tokens, std::size_t at) {
    if (tokens[at].kind == TokenKind::text || prints(tokens[at].kind)) return false;
    if (at > 0) {
        if (tokens[at - 1].kind != TokenKind::text) return false;
        const std::string& before = tokens[at - 1].text;
        const std::size_t last = before.find_last_not_of(blanks);
        const bool begins_file = at == 1 && last == std::string::npos;
        if (!begins_file && (last == std::string::npos || before[last] != '\n')) return false;
    }
    if (at + 1 == tokens.size()) return true;
    if (tokens[at + 1].kind != TokenKind::text) return false;
    const std::string& after = tokens[at + 1].text;
    const std::size_t first = after.find_first_not_of(blanks);
    if (first == std::string::npos) return at + 2 == tokens.size();
    return after[first] == '\n' || after.compare(first, 2, "\r\n") == 0;
}

void trim_end(std::string& text, std::string_view what) {
    text.erase(text.find_last_not_of(what) + 1);
}

void trim_line(std::string& text) {
    const std::size_t end = text.find('\n');
    text.erase(0, end == std::string::npos ? end : end + 1);
}

void trim_white_space(std::vector<TemplateToken>& tokens) {
    // Whether a tag is alone is judged by the text as it was written.
    std::vector<bool> alone(tokens.size());
    for (std::size_t at = 0; at < tokens.size(); ++at)
        alone[at] = is_alone(tokens, at);
    for (std::size_t at = 0; at < tokens.size(); ++at) {
        if (tokens[at].kind != TokenKind::text) continue;
        std::string& text = tokens[at].text;
        if (at > 0 && alone[at - 1]) trim_line(text);
        if (at > 0 && tokens[at - 1].trim_after) {
            text.erase(0, std::min(text.find_first_not_of(white_space), text.size()));
        }
        if (at + 1 == tokens.size()) continue;
        if (alone[at + 1]) trim_end(text, blanks);
        if (tokens[at + 1].trim_before) trim_end(text, white_space);
    }
}

}  // namespace

Result<std::vector<TemplateToken>> template_tokens(std::string_view text) {
    auto tokens = Lexer(text).run();
    if (tokens) trim_white_space(*tokens);
    return tokens;
}

}  // namespace pmx::notifier
