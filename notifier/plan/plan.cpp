#include "notifier/plan/plan.h"

#include <set>

#include "notifier/plan/decision.h"
#include "notifier/plan/deliveries.h"
#include "notifier/plan/matcher.h"
#include "notifier/plan/permissions.h"
#include "notifier/plan/recipients.h"

namespace pmx::notifier {

namespace {

using schema::in_quotes;
using schema::mail_to_root;
using schema::Matcher;
using schema::Target;
using schema::TargetGroup;

class Planner {
  public:
    Planner(const Configuration& configuration, const Caller& caller, const When& when)
        : configuration_(configuration), caller_(caller), when_(when) {}

    Plan plan_event(const Event& event, const Past& past) {
        Decision decision = decide(configuration_, event, past);
        plan_.send = decision.send;
        plan_.reason = std::move(decision.reason);
        plan_.warnings = std::move(decision.warnings);
        if (!plan_.send) return std::move(plan_);
        Deliveries deliveries(configuration_, event.severity, when_.now_s, false);
        if (decision.mailto_of != nullptr) {
            deliveries.add_mail("job:" + decision.mailto_of->id, std::move(decision.target_reason),
                                resolve_job(configuration_, *decision.mailto_of, when_.now_s));
        } else if (decision.target) {
            plan_.refused = missing_use(*decision.target);
            if (!plan_.refused) deliveries.add_target(*decision.target, decision.target_reason);
        } else {
            route(event, deliveries);
        }
        deliveries.move_to(plan_);
        return std::move(plan_);
    }

    Plan plan_test(const std::string& name) {
        plan_.send = true;
        plan_.reason = "test of " + in_quotes(name);
        plan_.refused = may_test(configuration_.users, caller_, name, when_.now_s);
        if (const TargetGroup* group = as_group(find(name))) {
            for (const std::string& member : group->endpoints) {
                if (find(member) == nullptr || plan_.refused) continue;
                plan_.refused = may_test(configuration_.users, caller_, member, when_.now_s);
            }
        }
        if (plan_.refused) return std::move(plan_);
        Deliveries deliveries(configuration_, Severity::info, when_.now_s, true);
        deliveries.add_target(name, "test");
        deliveries.move_to(plan_);
        return std::move(plan_);
    }

  private:
    const Target* find(std::string_view name) const {
        return configuration_.notifications.find_target(name);
    }

    // What the caller must be allowed to use: the target, its filter, and the same for the members
    // of a group, whether or not the event gets as far.
    std::optional<Refusal> missing_use(const std::string& name) const {
        std::vector<std::string> wanted;
        // mail-to-root needs none, whatever the section that modifies it says.
        const auto add = [&](const std::string& one) {
            if (one == mail_to_root) return;
            wanted.push_back(one);
            const Target* target = find(one);
            if (target == nullptr || !target->filter) return;
            const auto* filter = configuration_.notifications.find_filter(*target->filter);
            if (filter != nullptr) wanted.push_back(filter->name);
        };
        add(name);
        if (const TargetGroup* group = as_group(find(name))) {
            for (const std::string& endpoint : group->endpoints) {
                if (find(endpoint) != nullptr) add(endpoint);
            }
        }
        for (const std::string& one : wanted) {
            if (auto refusal = may_use(configuration_.users, caller_, one, when_.now_s)) {
                return refusal;
            }
        }
        return std::nullopt;
    }

    // An event that nobody gave a target goes where the matchers say: those of the file, and the
    // one that is built in.
    void route(const Event& event, Deliveries& deliveries) {
        const auto& notifications = configuration_.notifications;
        bool is_taken = false;
        for (const Matcher& matcher : notifications.matchers) {
            if (matcher.disable) continue;
            MatcherVerdict verdict = judge(matcher, event, when_.event_time);
            if (verdict.takes) {
                is_taken = true;
                route_by(matcher, verdict, deliveries);
            }
            if (may_read(matcher)) plan_.matchers.push_back(std::move(verdict));
        }
        if (notifications.find_matcher(schema::default_matcher) == nullptr) {
            is_taken = true;
            route_by_default(deliveries);
        }
        if (!denied_.empty() && !deliveries.any_delivered()) {
            deliveries.add_last_resort("fallback: " + denied_);
        }
        if (is_taken) return;
        if (notifications.matchers_may_be_missing) {
            deliveries.add_last_resort(
                "fallback: no matcher takes it, but a section is broken that may be one");
        } else {
            plan_.send = false;
            plan_.reason = "no matcher takes it";
        }
    }

    void route_by(const Matcher& matcher, const MatcherVerdict& verdict, Deliveries& deliveries) {
        deliveries.set_matcher(matcher.name);
        std::string reason = "matcher " + in_quotes(matcher.name) + " takes it";
        if (may_read(matcher)) reason += ": " + verdict.reason;
        for (const std::string& target : matcher.targets) {
            // What a target does with an event does not depend on who takes it there.
            if (!routed_to_.insert(target).second) continue;
            if (const auto refusal = missing_use(target)) {
                denied_ = to_string(*refusal, caller_);
                deliveries.add_decision_against(target, denied_);
            } else {
                deliveries.add_target(target, reason);
            }
        }
    }

    void route_by_default(Deliveries& deliveries) {
        const bool is_only_one = configuration_.notifications.matchers.empty();
        const std::string name(schema::default_matcher);
        if (!is_only_one) {
            plan_.matchers.push_back({name, true, "it is built in, and takes everything"});
        }
        deliveries.set_matcher(is_only_one ? std::nullopt : std::optional(name));
        deliveries.add_target(std::string(mail_to_root),
                              is_only_one ? "no target is configured"
                                          : "the built-in matcher '" + name + "' takes everything");
    }

    // What a matcher looks at is configuration, which not everybody may read.
    bool may_read(const Matcher& matcher) const {
        return !may_read_configuration(configuration_.users, caller_, matcher.name, when_.now_s);
    }

    const Configuration& configuration_;
    const Caller& caller_;
    const When& when_;
    std::set<std::string> routed_to_;
    std::string denied_;  // why a target that a matcher names was left out
    Plan plan_;
};

}  // namespace

Plan plan(const Configuration& configuration, const Event& event, const Caller& caller,
          const When& when, const Past& past) {
    return Planner(configuration, caller, when).plan_event(event, past);
}

Result<Plan> plan_test(const Configuration& configuration, std::string_view target,
                       const Caller& caller, std::int64_t now_s) {
    const When when{now_s, {}};
    Plan result = Planner(configuration, caller, when).plan_test(std::string(target));
    // Who may not test it does not learn either whether it exists.
    if (!result.refused && target != mail_to_root &&
        configuration.notifications.find_target(target) == nullptr) {
        return fail(Code::not_found, "no target " + in_quotes(target));
    }
    return result;
}

}  // namespace pmx::notifier
