#include <algorithm>
#include <charconv>

#include "notifier/template/builtin.h"
#include "notifier/template/program.h"

namespace pmx::notifier {
namespace {

using nlohmann::json;
using NodeKind = TemplateNode::Kind;

// One {{#each}} or {{#with}}: what names are looked up in.
struct Scope {
    TemplateValue context;
    std::size_t count = 0;  // of the {{#each}}'s entries; 0 in a {{#with}}
    std::size_t index = 0;
    std::string key;
};

std::size_t size_of(const json& value) {
    return value.is_string() ? value.get_ref<const std::string&>().size() : 0;
}

const json* member(const json& where, const std::string& name) {
    if (where.is_object()) {
        const auto found = where.find(name);
        return found == where.end() ? nullptr : &*found;
    }
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    const bool is_index = error == std::errc() && end == name.data() + name.size();
    return where.is_array() && is_index && index < where.size() ? &where[index] : nullptr;
}

class Renderer {
  public:
    Renderer(const json& data, const TemplateSettings& settings) : settings_(settings) {
        scopes_.push_back({TemplateValue::reference(data), 0, 0, {}});
    }

    Result<void> several(const std::vector<TemplateNode>& nodes) {
        for (const TemplateNode& node : nodes) {
            if (++steps_ > max_template_steps) return bad(node, "the template takes too long");
            if (auto done = one(node); !done) return done;
        }
        return {};
    }

    std::string take_output() { return std::move(output_); }

  private:
    static tl::unexpected<Error> bad(const TemplateNode& node, const std::string& what) {
        return fail(Code::invalid_argument, "line " + std::to_string(node.line) + ": " + what);
    }

    Result<void> one(const TemplateNode& node) {
        if (node.kind == NodeKind::text) return put(node, node.text);
        auto value = evaluate(node, node.expression);
        if (!value) return fail(value.error());
        switch (node.kind) {
            case NodeKind::value:
                return print(node, *value);
            case NodeKind::when:
                return several(is_true(value->json()) ? node.body : node.otherwise);
            case NodeKind::unless:
                return several(is_true(value->json()) ? node.otherwise : node.body);
            case NodeKind::each:
                return each(node, *value);
            case NodeKind::with:
                return with(node, *value);
            default:
                return section(node, *value);
        }
    }

    Result<void> put(const TemplateNode& node, std::string_view text) {
        if (output_.size() + text.size() > settings_.max_output_bytes) {
            return bad(node, "the template makes too much text");
        }
        output_ += text;
        return {};
    }

    Result<void> print(const TemplateNode& node, const TemplateValue& value) {
        const bool escaped = !node.raw && !value.is_markup() && settings_.escape != nullptr;
        // Not to make what cannot be put anyway.
        if (size_of(value.json()) > settings_.max_output_bytes) {
            return bad(node, "the template makes too much text");
        }
        std::string text = template_text(value.json());
        work_ += text.size();
        if (work_ > max_template_work) return bad(node, "the template takes too long");
        return put(node, escaped ? settings_.escape(text) : text);
    }

    Result<void> within(const TemplateNode& node, Scope scope) {
        scopes_.push_back(std::move(scope));
        auto done = several(node.body);
        scopes_.pop_back();
        return done;
    }

    Result<void> with(const TemplateNode& node, const TemplateValue& value) {
        return is_true(value.json()) ? within(node, {value, 0, 0, {}}) : several(node.otherwise);
    }

    Result<void> each(const TemplateNode& node, const TemplateValue& value) {
        const json& list = value.json();
        if ((!list.is_array() && !list.is_object()) || list.empty()) return several(node.otherwise);
        std::size_t index = 0;
        for (auto entry = list.begin(); entry != list.end(); ++entry, ++index) {
            if (++steps_ > max_template_steps) return bad(node, "the template takes too long");
            Scope scope{value.part(*entry), list.size(), index, {}};
            if (list.is_object()) scope.key = entry.key();
            if (auto done = within(node, std::move(scope)); !done) return done;
        }
        return {};
    }

    // {{#name}}: as {{#each}} for an array, {{#with}} for an object, {{#if}} for the rest.
    Result<void> section(const TemplateNode& node, const TemplateValue& value) {
        if (value.json().is_array()) return each(node, value);
        if (value.json().is_object()) return with(node, value);
        return several(is_true(value.json()) ? node.body : node.otherwise);
    }

    Result<TemplateValue> evaluate(const TemplateNode& node, const TemplateExpression& expression) {
        if (expression.kind == TemplateExpression::Kind::literal) {
            return TemplateValue::reference(expression.literal);
        }
        if (expression.kind == TemplateExpression::Kind::path) return look_up(expression.path);
        steps_ += expression.arguments.size();
        std::vector<TemplateValue> arguments;
        for (const TemplateExpression& argument : expression.arguments) {
            auto value = evaluate(node, argument);
            if (!value) return value;
            work_ += size_of(value->json());
            arguments.push_back(std::move(*value));
        }
        return call(node, expression.helper, arguments);
    }

    Result<TemplateValue> call(const TemplateNode& node, const std::string& name,
                               const std::vector<TemplateValue>& arguments) {
        const TemplateHelper helper = find(name);
        if (helper == nullptr) return bad(node, "there is no helper '" + name + "'");
        if (work_ > max_template_work) return bad(node, "the template takes too long");
        auto value = helper(arguments);
        if (!value) return bad(node, "helper '" + name + "' " + value.error().message());
        work_ += size_of(value->json());
        return value;
    }

    [[nodiscard]] TemplateHelper find(const std::string& name) const {
        for (const TemplateHelpers* helpers : {&settings_.helpers, &builtin_helpers()}) {
            const auto found = helpers->find(name);
            if (found != helpers->end()) return found->second;
        }
        return nullptr;
    }

    TemplateValue look_up(const TemplatePath& path) {
        steps_ += path.names.size();
        if (path.up >= scopes_.size()) return {};
        const Scope& scope = scopes_[scopes_.size() - 1 - path.up];
        TemplateValue value = scope.context;
        auto name = path.names.begin();
        if (path.is_local && *name == "root") {
            value = scopes_.front().context;
            ++name;
        } else if (path.is_local) {
            return local(path);
        }
        const json* found = &value.json();
        for (; name != path.names.end() && found != nullptr; ++name)
            found = member(*found, *name);
        if (found == nullptr) return {};
        return value.part(*found);
    }

    // From the innermost {{#each}}, beginning `up` blocks further out.
    [[nodiscard]] TemplateValue local(const TemplatePath& path) const {
        if (path.names.size() != 1) return {};
        const std::string& name = path.names.front();
        for (std::size_t out = path.up; out < scopes_.size(); ++out) {
            const Scope& scope = scopes_[scopes_.size() - 1 - out];
            if (scope.count == 0) continue;
            if (name == "index") return TemplateValue::own(scope.index);
            if (name == "first") return TemplateValue::own(scope.index == 0);
            if (name == "last") return TemplateValue::own(scope.index + 1 == scope.count);
            if (name == "key" && !scope.key.empty()) return TemplateValue::own(scope.key);
            return {};
        }
        return {};
    }

    const TemplateSettings& settings_;
    std::vector<Scope> scopes_;
    std::string output_;
    std::size_t steps_ = 0;
    std::size_t work_ = 0;
};

}  // namespace

Result<std::string> Template::render(const json& data, const TemplateSettings& settings) const {
    Renderer renderer(data, settings);
    if (auto done = renderer.several(program_->nodes); !done) return fail(done.error());
    return renderer.take_output();
}

}  // namespace pmx::notifier
