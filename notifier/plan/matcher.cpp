#include "notifier/plan/matcher.h"

#include <algorithm>

namespace pmx::notifier {

namespace {

using schema::FilterMode;

// Collects what the rules say, and which decided it: of `all` the first that does not match, of
// `any` the first that does; without such a one they all did.
class Judgement {
  public:
    explicit Judgement(FilterMode mode) : is_all_(mode == FilterMode::all) {}

    void add(bool matches, std::string_view key, const std::string& rule) {
        constexpr std::size_t most_named = 3;
        const std::string name = std::string(key) + " " + rule;
        if (decider_.empty() && matches != is_all_) decider_ = name;
        if (++rules_ <= most_named) named_ += (named_.empty() ? "" : ", ") + name;
        unnamed_ = rules_ - std::min(rules_, most_named);
    }

    [[nodiscard]] bool has_rules() const { return rules_ > 0; }
    // Without rules everything does.
    [[nodiscard]] bool matches() const { return !has_rules() || decider_.empty() == is_all_; }
    [[nodiscard]] std::string reason() const {
        if (!has_rules()) return "it has no rules";
        if (!decider_.empty()) return decider_ + (is_all_ ? " did not match" : " matched");
        return named_ + (unnamed_ > 0 ? " and " + std::to_string(unnamed_) + " more" : "") +
               (is_all_ ? " matched" : " did not match");
    }

  private:
    bool is_all_;
    std::size_t rules_ = 0;
    std::size_t unnamed_ = 0;
    std::string named_;
    std::string decider_;
};

}  // namespace

std::optional<std::string> field_of(const Event& event, std::string_view name) {
    if (name == "type") return event.type;
    const auto found = event.fields.find(std::string(name));
    if (found != event.fields.end()) return found->second;
    if (name == "hostname" && !event.node.empty()) return event.node;
    if (name == "job-id") return event.job;
    return std::nullopt;
}

bool matches(const schema::FieldRule& rule, const Event& event) {
    const auto value = field_of(event, rule.field);
    if (!value) return false;
    if (rule.pattern) return rule.pattern->is_in(*value);
    return std::find(rule.values.begin(), rule.values.end(), *value) != rule.values.end();
}

bool matches(const schema::SeverityRule& rule, const Event& event) {
    if (rule.unknown && event.type == event_type::system_mail) return true;
    return rule.severities.test(static_cast<std::size_t>(event.severity));
}

MatcherVerdict judge(const schema::Matcher& matcher, const Event& event,
                     schema::LocalTime event_time) {
    Judgement judgement(matcher.mode);
    for (const auto& rule : matcher.fields)
        judgement.add(matches(rule, event), "match-field", rule.text);
    for (const auto& rule : matcher.severities)
        judgement.add(matches(rule, event), "match-severity", rule.text);
    for (const auto& rule : matcher.calendar)
        judgement.add(rule.range.covers(event_time), "match-calendar", rule.text);
    const bool is_inverted = matcher.invert_match && judgement.has_rules();
    MatcherVerdict verdict{matcher.name, judgement.matches() != is_inverted, judgement.reason()};
    if (is_inverted) verdict.reason += ", inverted";
    return verdict;
}

}  // namespace pmx::notifier
