#include "notifier/plan/plan.h"

#include <algorithm>
#include <set>

#include "notifier/plan/decision.h"
#include "notifier/plan/filter.h"
#include "notifier/plan/permissions.h"
#include "notifier/plan/recipients.h"

namespace pmx::notifier {

namespace {

using schema::Filter;
using schema::GotifyTarget;
using schema::mail_to_root;
using schema::SendmailTarget;
using schema::Target;
using schema::TargetGroup;

std::string quoted(std::string_view name) {
    return "'" + std::string(name) + "'";
}

class Planner {
  public:
    Planner(const Configuration& configuration, std::int64_t now_s)
        : configuration_(configuration), now_s_(now_s) {}

    Plan plan_event(const Event& event, const Caller& caller, const Past& past) {
        Decision decision = decide(configuration_, event, past);
        plan_.send = decision.send;
        plan_.reason = std::move(decision.reason);
        plan_.warnings = std::move(decision.warnings);
        if (!plan_.send) return std::move(plan_);
        severity_ = event.severity;
        if (decision.mailto_of != nullptr) {
            deliver_mail({}, decision.target, decision.target_reason,
                         resolve_job(configuration_, *decision.mailto_of, now_s_));
        } else {
            plan_.refused = missing_use(decision.target, caller);
            if (plan_.refused) return std::move(plan_);
            deliver_to(decision.target, decision.target_reason);
        }
        add_fallback();
        return std::move(plan_);
    }

    Plan plan_test(const std::string& name, const Caller& caller) {
        is_test_ = true;
        plan_.send = true;
        plan_.reason = "test of " + quoted(name);
        plan_.refused = may_test(configuration_.users, caller, name, now_s_);
        const Target* target = find(name);
        const auto* group = as_group(target);
        if (group != nullptr) {
            for (const std::string& member : group->endpoints) {
                if (find(member) == nullptr || plan_.refused) continue;
                plan_.refused = may_test(configuration_.users, caller, member, now_s_);
            }
        }
        if (!plan_.refused) deliver_to(name, "test");
        return std::move(plan_);
    }

  private:
    const Target* find(std::string_view name) const {
        return configuration_.notifications.find_target(name);
    }
    const Filter* find_filter(const Target& target) const {
        return target.filter ? configuration_.notifications.find_filter(*target.filter) : nullptr;
    }
    static const TargetGroup* as_group(const Target* target) {
        return target == nullptr ? nullptr : std::get_if<TargetGroup>(&target->settings);
    }

    // What the caller must be allowed to use: the target, its filter, and the same for the members
    // of a group, whether or not the event gets as far.
    std::optional<Refusal> missing_use(const std::string& name, const Caller& caller) const {
        std::vector<std::string> wanted = {name};
        const auto add_filter = [&](const Target& target) {
            if (const Filter* filter = find_filter(target)) wanted.push_back(filter->name);
        };
        const Target* target = find(name);
        if (target != nullptr) add_filter(*target);
        if (const TargetGroup* group = as_group(target)) {
            for (const std::string& endpoint : group->endpoints) {
                const Target* member = find(endpoint);
                if (member == nullptr) continue;
                wanted.push_back(endpoint);
                add_filter(*member);
            }
        }
        for (const std::string& one : wanted) {
            if (auto refusal = may_use(configuration_.users, caller, one, now_s_)) return refusal;
        }
        return std::nullopt;
    }

    void deliver_to(const std::string& name, const std::string& reason) {
        if (name == mail_to_root) return deliver_to_root(std::nullopt, reason);
        const Target* target = find(name);
        if (target == nullptr) {
            plan_.warnings.push_back("target " + quoted(name) + " does not exist");
            add({name, std::nullopt, false, true, reason + "; it does not exist", {}, {}});
            fallback_reason_ = "target " + quoted(name) + " does not exist";
        } else if (const TargetGroup* group = as_group(target)) {
            deliver_to_group(*target, *group, reason);
        } else {
            deliver_to_target(*target, std::nullopt, reason);
        }
    }

    void deliver_to_group(const Target& target, const TargetGroup& group,
                          const std::string& reason) {
        std::string stopped;
        if (target.disable && !is_test_) stopped = "group " + quoted(target.name) + " is disabled";
        std::string passed = reason;
        if (stopped.empty() && !check_filter(target, passed)) stopped = passed;
        bool any_member = false;
        std::set<std::string_view> seen;
        for (const std::string& endpoint : group.endpoints) {
            if (!seen.insert(endpoint).second) continue;
            if (deliver_to_member(target.name, endpoint, passed, stopped)) any_member = true;
        }
        if (!any_member && stopped.empty()) {
            fallback_reason_ = "group " + quoted(target.name) + " has no member that exists";
        }
    }

    // Whether there is such a target, not whether it is notified.
    bool deliver_to_member(const std::string& group, const std::string& endpoint,
                           const std::string& reason, const std::string& stopped) {
        const Target* member = find(endpoint);
        const bool is_root = endpoint == mail_to_root;
        if (!is_root && (member == nullptr || as_group(member) != nullptr)) {
            const std::string why = member == nullptr ? "does not exist" : "is a group itself";
            plan_.warnings.push_back("member " + quoted(endpoint) + " of group " + quoted(group) +
                                     " " + why);
            add({endpoint, group, false, false, "it " + why, {}, {}});
            return false;
        }
        if (!stopped.empty()) {
            add({endpoint, group, false, false, stopped, {}, {}});
        } else if (is_root) {
            deliver_to_root(group, reason);
        } else {
            deliver_to_target(*member, group, reason);
        }
        return true;
    }

    // A sendmail or gotify target.
    void deliver_to_target(const Target& target, const std::optional<std::string>& via,
                           std::string reason) {
        if (target.disable && !is_test_) {
            add({target.name, via, false, false, "it is disabled", {}, {}});
        } else if (!check_filter(target, reason)) {
            add({target.name, via, false, false, std::move(reason), {}, {}});
        } else if (const auto* gotify = std::get_if<GotifyTarget>(&target.settings)) {
            GotifyMessage message{gotify->server, gotify->token, std::nullopt};
            const auto& proxy = configuration_.datacenter.http_proxy;
            if (proxy) message.proxy = proxy->url;
            add({target.name, via, true, false, std::move(reason), {}, std::move(message)});
        } else if (const auto* sendmail = std::get_if<SendmailTarget>(&target.settings)) {
            deliver_mail(via, target.name, std::move(reason),
                         resolve_target(configuration_, *sendmail, now_s_));
        }
    }

    void deliver_mail(const std::optional<std::string>& via, const std::string& name,
                      std::string reason, Resolved resolved) {
        Delivery delivery{name,
                          via,
                          true,
                          false,
                          std::move(reason),
                          std::move(resolved.skipped),
                          std::move(resolved.mail)};
        if (std::get<Mail>(delivery.means).recipients.empty()) {
            delivery.deliver = false;
            delivery.failed = true;
            delivery.reason += "; no recipient is left";
            delivery.means = std::monostate();
            fallback_reason_ = quoted(name) + " has no recipient left";
        }
        add(std::move(delivery));
    }

    void deliver_to_root(const std::optional<std::string>& via, std::string reason) {
        deliver_mail(via, std::string(mail_to_root), std::move(reason),
                     resolve_mail_to_root(configuration_, now_s_));
    }

    // Says in `reason` what the filter did. A filter that does not exist stops nobody.
    bool check_filter(const Target& target, std::string& reason) {
        if (!target.filter || is_test_) return true;
        const Filter* filter = find_filter(target);
        if (filter == nullptr) {
            const std::string missing = "filter " + quoted(*target.filter) + " does not exist";
            plan_.warnings.push_back(missing + ": " + quoted(target.name) +
                                     " is notified without it");
            reason += "; " + missing;
            return true;
        }
        if (!passes(*filter, severity_)) {
            reason = explain(*filter, severity_);
            return false;
        }
        reason += "; " + explain(*filter, severity_);
        return true;
    }

    void add_fallback() {
        if (fallback_reason_.empty()) return;
        const bool is_there =
            std::any_of(plan_.deliveries.begin(), plan_.deliveries.end(),
                        [](const Delivery& delivery) { return delivery.target == mail_to_root; });
        if (!is_there) deliver_to_root(std::nullopt, "fallback: " + fallback_reason_);
    }

    void add(Delivery delivery) { plan_.deliveries.push_back(std::move(delivery)); }

    const Configuration& configuration_;
    std::int64_t now_s_;
    Severity severity_ = Severity::info;
    bool is_test_ = false;
    std::string fallback_reason_;  // set: something that should be told reaches nobody
    Plan plan_;
};

}  // namespace

Plan plan(const Configuration& configuration, const Event& event, const Caller& caller,
          std::int64_t now_s, const Past& past) {
    return Planner(configuration, now_s).plan_event(event, caller, past);
}

Result<Plan> plan_test(const Configuration& configuration, std::string_view target,
                       const Caller& caller, std::int64_t now_s) {
    Plan result = Planner(configuration, now_s).plan_test(std::string(target), caller);
    // Who may not test it does not learn either whether it exists.
    if (!result.refused && target != mail_to_root &&
        configuration.notifications.find_target(target) == nullptr) {
        return fail(Code::not_found, "no target " + quoted(target));
    }
    return result;
}

}  // namespace pmx::notifier
